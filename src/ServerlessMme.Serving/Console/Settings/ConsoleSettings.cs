using System.Net;

namespace ServerlessMme.Serving.Console.Settings;

/// <summary>Where the console listens, and what it allows.</summary>
/// <param name="Port">0 picks a free one.</param>
/// <param name="Storage">Connection string; null uses the one in the settings.</param>
/// <param name="IsReadOnly">Whether every action is refused.</param>
/// <param name="User">Recorded as the person who stores correct labels and cancels jobs.</param>
public sealed record ConsoleSettings(IPAddress Address, int Port, string? Storage, bool IsReadOnly, string User)
{
    /// <summary>Host names, besides this machine's own, that a proxy forwards requests for. Default: none.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}
