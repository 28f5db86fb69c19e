using System.Net.Sockets;
using System.Text;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>A connection that sends the head of a request, and then its body as slowly as the test likes.</summary>
internal sealed class SlowClient : IDisposable
{
    private readonly TcpClient _tcp = new();

    public static async Task<SlowClient> StartAsync(
        Uri server, long bodyBytes, params (string Name, string Value)[] headers)
    {
        var client = new SlowClient();
        await client._tcp.ConnectAsync(server.Host, server.Port);
        var head = new StringBuilder("POST /endpoints/mme/invocations HTTP/1.1\r\n")
            .Append($"Host: {server.Authority}\r\nContent-Type: image/jpeg\r\nContent-Length: {bodyBytes}\r\n");
        foreach (var (name, value) in headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        await client.SendAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        return client;
    }

    /// <summary>Sends a part of the body. An ended connection is ignored.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _tcp.GetStream().WriteAsync(bytes);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The server has answered and closed the connection.
        }
    }

    /// <summary>The first line of the answer, and everything that follows in the same packet.</summary>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var length = await _tcp.GetStream().ReadAsync(buffer, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    public void Dispose() => _tcp.Dispose();
}
