using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ServerlessMme.Emulator;

/// <summary>
/// A running Azurite, which speaks Azure Storage's protocol on the loopback interface. It stops when this object is
/// disposed or when this process ends, even if the process crashes.
/// </summary>
public sealed partial class Azurite : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string? _temporary;

    private Azurite(Process process, string? temporary, int blobPort, int queuePort)
    {
        _process = process;
        _temporary = temporary;
        Ports = (blobPort, queuePort);
        ConnectionString = EmulatorAccount.At(blobPort, queuePort);
    }

    /// <summary>Connection string for storage clients.</summary>
    public string ConnectionString { get; }

    /// <summary>Ports of the blob and the queue service.</summary>
    public (int Blob, int Queue) Ports { get; }

    /// <summary>Process ID of Azurite.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Installs Azurite if needed, and starts it.</summary>
    /// <param name="report">Receives a line before each slow step.</param>
    /// <param name="folder">Folder with data to keep; null starts empty in a temporary folder.</param>
    /// <param name="ports">Ports to listen on; null picks free ones.</param>
    /// <exception cref="EmulatorException">Node.js is missing, npm failed, or Azurite did not start.</exception>
    public static async Task<Azurite> StartAsync(
        Action<string> report,
        CancellationToken cancellationToken,
        string? folder = null,
        (int Blob, int Queue)? ports = null)
    {
        var program = await AzuriteInstall.EnsureAsync(report, cancellationToken);
        var data = folder ?? Directory.CreateTempSubdirectory("serverless-mme-azurite-").FullName;
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = data,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(program, "start.js"), "--silent", "--skipApiVersionCheck", "--disableTelemetry",
                "--location", data, "--blobPort", $"{ports?.Blob ?? 0}", "--queuePort", $"{ports?.Queue ?? 0}",
                "--tablePort", "0",
            },
        };
        var process = AzuriteInstall.Start(start);
        try
        {
            // Azurite would block on a full pipe, so both outputs are drained.
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            var (blob, queue) = await ReadPortsAsync(process, cancellationToken);
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return new Azurite(process, folder is null ? data : null, blob, queue);
        }
        catch
        {
            await EndAsync(process, folder is null ? data : null);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process, _temporary);
        _process.Dispose();
    }

    private static async Task<(int Blob, int Queue)> ReadPortsAsync(
        Process process, CancellationToken cancellationToken)
    {
        int? blob = null;
        int? queue = null;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
            {
                var port = int.Parse(match.Groups["port"].ValueSpan, provider: null);
                _ = match.Groups["service"].Value == "Blob" ? blob = port : queue = port;
            }

            if (blob is { } b && queue is { } q)
            {
                return (b, q);
            }
        }

        throw new EmulatorException("Azurite exited before it started to listen. It needs Node.js 20 or later; 'node "
            + "--version' prints the installed version.");
    }

    private static async Task EndAsync(Process process, string? data)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync();
        if (data is not null)
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [GeneratedRegex(@"Azurite (?<service>Blob|Queue) service is successfully listening at http://[^:]+:(?<port>\d+)")]
    private static partial Regex Listening();
}
