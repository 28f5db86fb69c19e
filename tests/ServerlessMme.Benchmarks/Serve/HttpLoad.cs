using System.Diagnostics;

namespace ServerlessMme.Benchmarks.Serve;

/// <summary>What a load of requests gave.</summary>
internal sealed record LoadResult(
    string Name, int Connections, int Requests, double PerSecond, double P50Ms, double P99Ms);

/// <summary>Sends one request again and again over some connections, for a bounded time.</summary>
internal static class HttpLoad
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public static async Task<LoadResult> RunAsync(
        string name, Uri url, string contentType, byte[] body, int connections, TimeSpan time)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections };
        using var http = new HttpClient(handler) { BaseAddress = url };
        await SendAsync(http, contentType, body, connections, WarmUp);
        var clock = Stopwatch.StartNew();
        var latencies = await SendAsync(http, contentType, body, connections, time);
        var seconds = clock.Elapsed.TotalSeconds;
        latencies.Sort();
        return new LoadResult(name, connections, latencies.Count, latencies.Count / seconds,
            latencies[latencies.Count / 2], latencies[latencies.Count * 99 / 100]);
    }

    private static async Task<List<double>> SendAsync(
        HttpClient http, string contentType, byte[] body, int connections, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            var latencies = new List<double>();
            while (clock.Elapsed < time)
            {
                var began = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(body);
                content.Headers.Add("Content-Type", contentType);
                content.Headers.Add("X-Amzn-SageMaker-Target-Model", "cifar10.tar.gz");
                using var answer = await http.PostAsync(
                    new Uri("/endpoints/mme/invocations", UriKind.Relative), content);
                answer.EnsureSuccessStatusCode();
                await answer.Content.ReadAsByteArrayAsync();
                latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return latencies;
        })));
        return [.. all.SelectMany(latencies => latencies)];
    }
}
