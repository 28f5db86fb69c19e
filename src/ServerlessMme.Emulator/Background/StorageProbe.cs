namespace ServerlessMme.Emulator.Background;

/// <summary>Asks whether something speaks HTTP at a port of 127.0.0.1.</summary>
internal static class StorageProbe
{
    /// <summary>The name of the server that answers, empty if it has none; null if it doesn't answer in time.</summary>
    /// <exception cref="HttpRequestException">Nothing listens, or it doesn't speak HTTP.</exception>
    public static async Task<string?> ServerAsync(int port, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = atMost };
        try
        {
            using var response = await client.GetAsync(
                new Uri($"http://127.0.0.1:{port}/"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.Headers.Server.ToString();
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
