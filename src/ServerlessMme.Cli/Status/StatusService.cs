using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Status;

/// <summary>Answers <c>mme status</c> while the worker runs. Failures are logged, and don't stop the worker.</summary>
internal sealed class StatusService(
    ModelCache cache,
    MetricTotals totals,
    MemoryPlan plan,
    WorkingMemory memory,
    StorageAccount account,
    IOptions<ArtifactOptions> artifacts,
    TimeProvider time,
    ILogger<StatusService> logger)
    : BackgroundService
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var path = StatusSocket.PathIn(artifacts.Value.Folder, Environment.ProcessId);
        try
        {
            await ListenAsync(path, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The worker is stopping.
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(exception, "The worker cannot answer 'mme status' at {Path}", path);
        }
        finally
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    private async Task ListenAsync(string path, CancellationToken stoppingToken)
    {
        if (Encoding.UTF8.GetByteCount(path) > StatusSocket.MaxPathBytes)
        {
            throw new IOException(
                $"The path has more than {StatusSocket.MaxPathBytes} bytes. Shorten Mme:Artifacts:Folder.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // A dead process with the same ID may have left its socket.
        File.Delete(path);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        socket.Listen();
        while (true)
        {
            await AnswerAsync(await socket.AcceptAsync(stoppingToken), stoppingToken);
        }
    }

    private async Task AnswerAsync(Socket client, CancellationToken stoppingToken)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        try
        {
            await JsonSerializer.SerializeAsync(stream, Read(), StatusJson.Default.WorkerStatus, stoppingToken);
        }
        catch (IOException)
        {
            // The client closed the connection early.
        }
    }

    private WorkerStatus Read()
    {
        var status = cache.Snapshot(withPages: true);
        return new WorkerStatus(Environment.ProcessId, _startedAt, account.Blobs.Uri.Host, status.BudgetBytes,
            status.ResidentBytes, status.QueuedLoads,
            [.. status.Models.Select(WarmModel.Of).OrderByDescending(model => model.LastUsed)], totals.Read())
        {
            Mapped = MappedFiles.Of(status.Pages),
            Memory = ProcessMemory.Of(plan, memory),
            Trunks = [.. status.Trunks.Select(WarmTrunk.Of).OrderByDescending(trunk => trunk.Models)],
        };
    }
}
