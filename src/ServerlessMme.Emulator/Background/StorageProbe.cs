namespace ServerlessMme.Emulator.Background;

/// <summary>Checks whether a port of 127.0.0.1 speaks HTTP.</summary>
internal static class StorageProbe
{
    /// <summary>
    /// Returns the name of the server that responds, empty if it sends none; null if it doesn't respond in time.
    /// </summary>
    /// <exception cref="HttpRequestException">Nothing is listening, or it doesn't speak HTTP.</exception>
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
