using System.Net;

namespace ServerlessMme.Serving.Console.Settings;

/// <summary>Where the console listens, and what it allows.</summary>
/// <param name="Port">0 takes a free one.</param>
/// <param name="Storage">Connection string; null uses the one in the settings.</param>
/// <param name="IsReadOnly">Whether every action is refused.</param>
/// <param name="User">Who stores correct labels and cancels jobs.</param>
public sealed record ConsoleSettings(IPAddress Address, int Port, string? Storage, bool IsReadOnly, string User)
{
    /// <summary>Names, besides this machine's own, under which a proxy passes requests on. Default: none.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
