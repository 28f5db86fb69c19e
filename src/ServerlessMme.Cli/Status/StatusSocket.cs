using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace ServerlessMme.Cli.Status;

/// <summary>
/// The sockets on which this machine's workers report their status: one per worker, in the folder for artifacts, which
/// other users can't write to. A worker sends one JSON object to each client and closes the connection.
/// </summary>
internal static class StatusSocket
{
    /// <summary>Maximum length of a path in bytes. A longer path may not fit into a socket's address.</summary>
    public const int MaxPathBytes = 100;

    private const string Suffix = ".sock";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static string FolderIn(string artifacts) => Path.Combine(artifacts, "workers");

    public static string PathIn(string artifacts, int processId) =>
        Path.Combine(FolderIn(artifacts), processId.ToString(CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Reads the status of all running workers. Deletes the sockets of dead ones.</summary>
    /// <param name="problems">The output for messages about workers that don't respond.</param>
    public static async Task<IReadOnlyList<WorkerStatus>> AskAllAsync(
        string artifacts, TextWriter problems, CancellationToken cancellationToken)
    {
        var folder = FolderIn(artifacts);
        var found = new List<WorkerStatus>();
        if (!Directory.Exists(folder))
        {
            return found;
        }

        foreach (var path in Directory.GetFiles(folder, "*" + Suffix).Order())
        {
            if (await AskAsync(path, problems, cancellationToken) is { } status)
            {
                found.Add(status);
            }
        }

        return found;
    }

    private static async Task<WorkerStatus?> AskAsync(
        string path, TextWriter problems, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token);
            await using var stream = new NetworkStream(socket);
            return await JsonSerializer.DeserializeAsync(stream, StatusJson.Default.WorkerStatus, limit.Token);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return null;
        }
        catch (Exception exception) when (exception is SocketException or IOException or JsonException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await problems.WriteLineAsync($"The status of the worker at {path} could not be read. " + (exception switch
            {
                OperationCanceledException => $"It did not respond within {Patience.TotalSeconds} seconds.",
                JsonException => "Its response does not match this version of mme.",
                _ => exception.Message,
            }));
            return null;
        }
    }
}
