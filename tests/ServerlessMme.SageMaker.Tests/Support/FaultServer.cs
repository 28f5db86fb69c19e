using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ServerlessMme.SageMaker.Tests.Support;

/// <summary>What the fault server does with one request.</summary>
/// <param name="Raw">The answer's bytes, head and body; empty closes the connection without one.</param>
/// <param name="Hold">True sends nothing until the client gives up.</param>
internal sealed record FaultAnswer(byte[] Raw, bool Hold = false)
{
    public static FaultAnswer Silence { get; } = new([], Hold: true);

    public static FaultAnswer Hangup { get; } = new([]);

    public static FaultAnswer Of(int status, string body, string contentType = "application/json",
        params (string Name, string Value)[] headers)
    {
        var head = new StringBuilder($"HTTP/1.1 {status} Answer\r\nContent-Type: {contentType}\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return new FaultAnswer(Encoding.UTF8.GetBytes($"{head}Connection: close\r\n\r\n{body}"));
    }

    /// <summary>An error as the service sends it.</summary>
    public static FaultAnswer Error(int status, string code, string message, string more = "") =>
        Of(status, $$"""{"Message":"{{message}}"{{more}}}""", headers: ("x-amzn-ErrorType", code));

    /// <summary>The beginning of an answer, and then the end of the connection.</summary>
    public FaultAnswer CutOff() => new(Raw[..^5]);
}

/// <summary>A request as the fault server saw it.</summary>
internal sealed record SeenRequest(string Line, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A server on a free port that answers what it is told to, whatever it is asked.</summary>
internal sealed class FaultServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, SeenRequest, FaultAnswer> _answer;
    private readonly Task _accepting;
    private int _count;

    /// <param name="answer">The answer to the n-th request, from 0.</param>
    public FaultServer(Func<int, SeenRequest, FaultAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is not { } request)
                {
                    return;
                }

                Requests.Enqueue(request);
                var answer = _answer(Interlocked.Increment(ref _count) - 1, request);
                if (answer.Hold)
                {
                    await stream.CopyToAsync(Stream.Null, _stop.Token);
                }

                await stream.WriteAsync(answer.Raw, _stop.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The client gave up, or the test is over.
            }
        }
    }

    private async Task<SeenRequest?> ReadAsync(NetworkStream stream)
    {
        var lines = new List<string>();
        while (await ReadLineAsync(stream) is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        if (lines.Count == 0)
        {
            return null;
        }

        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new SeenRequest(lines[0], headers, body);
    }

    private async Task<string> ReadLineAsync(NetworkStream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1 && one[0] != '\n')
        {
            if (one[0] != '\r')
            {
                line.Add(one[0]);
            }
        }

        return Encoding.ASCII.GetString([.. line]);
    }
}
