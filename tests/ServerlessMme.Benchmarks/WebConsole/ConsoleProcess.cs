using System.Diagnostics;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.WebConsole;

/// <summary><c>mme console</c> as a process of its own.</summary>
internal sealed class ConsoleProcess : IAsyncDisposable
{
    private const string Announcement = "The console is at ";
    private readonly Process _process;

    private ConsoleProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>The page with its token.</summary>
    public Uri Address { get; }

    public double ResidentMiB => Math.Round(ProcessMemory.ResidentMiB(_process.Id), 1);

    /// <param name="mme">Path of mme.dll.</param>
    /// <param name="folder">For what the process keeps.</param>
    public static async Task<ConsoleProcess> StartAsync(string mme, string connection, string folder)
    {
        var start = new ProcessStartInfo(
            "dotnet", [mme, "console", "--port", "0", "--no-open", "--storage", connection])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["Mme__Artifacts__Folder"] = Path.Combine(folder, "artifacts");
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                return new ConsoleProcess(process, new Uri(line[Announcement.Length..]));
            }
        }

        process.Dispose();
        throw new InvalidOperationException("mme console ended before it was listening.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
