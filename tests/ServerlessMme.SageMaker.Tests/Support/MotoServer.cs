using System.Diagnostics;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.SageMaker.Tests.Support;

/// <summary>moto's server, an independent implementation of AWS, on a port that it chooses.</summary>
internal sealed class MotoServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _draining;

    private MotoServer(Process process, Uri url)
    {
        _process = process;
        Url = url;
        _draining = process.StandardError.ReadToEndAsync();
    }

    public Uri Url { get; }

    public static async Task<MotoServer> StartAsync()
    {
        if (await Python.PrintAsync("import moto.server, moto.sagemakerruntime") is null)
        {
            Assert.Skip("Python's moto with its server is not installed.");
        }

        var process = Process.Start(new ProcessStartInfo("python3", ["-u", "-m", "moto.server", "-p", "0"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            const string running = " * Running on ";
            if (line.StartsWith(running, StringComparison.Ordinal))
            {
                return new MotoServer(process, new Uri(line[running.Length..].Trim()));
            }
        }

        process.Dispose();
        throw new InvalidOperationException("moto's server ended before it listened.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _draining;
        _process.Dispose();
    }
}
