using System.Text.RegularExpressions;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Browser.Tests.Running;

/// <summary><c>mme console</c> in a process of its own, which ends with this object.</summary>
internal sealed partial class RunningConsole : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly MmeProcess _process;

    private RunningConsole(MmeProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>The address that the command printed, with its token.</summary>
    public Uri Address { get; }

    /// <param name="artifacts">Folder of artifacts. The console shows the workers that use the same.</param>
    public static async Task<RunningConsole> StartAsync(string connection, string artifacts, params string[] options)
    {
        var process = MmeProcess.Start(
            connection, [("Mme__Artifacts__Folder", artifacts)],
            ["console", "--port", "0", "--no-open", .. options]);
        try
        {
            return new RunningConsole(process, await AddressAsync(process));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<Uri> AddressAsync(MmeProcess process)
    {
        while (await process.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (Printed().Match(line) is { Success: true } match)
            {
                return new Uri(match.Value);
            }
        }

        throw new InvalidOperationException($"mme console ended without an address. {process.Errors}");
    }

    [GeneratedRegex(@"http://\S+/console#token=[\w-]+")]
    private static partial Regex Printed();
}
