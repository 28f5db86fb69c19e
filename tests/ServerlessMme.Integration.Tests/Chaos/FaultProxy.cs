using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace ServerlessMme.Integration.Tests.Chaos;

/// <summary>
/// A proxy between a worker and the storage emulator that drops connections, answers 503, delays, and truncates
/// answers. It counts these faults.
/// </summary>
internal sealed partial class FaultProxy : IAsyncDisposable
{
    private const int FaultsInAHundred = 8;
    private static readonly byte[] Busy = Encoding.ASCII.GetBytes(
        "HTTP/1.1 503 Server Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(300);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IReadOnlyDictionary<int, int> _ports;
    private readonly List<(TcpListener Listener, int Upstream)> _listeners = [];
    private readonly int[] _counts = new int[4];
    private readonly Random _random;

    /// <param name="connection">The emulator's connection string, with the ports that the proxy forwards to.</param>
    /// <param name="seed">Seed of the random faults.</param>
    public FaultProxy(string connection, int seed)
    {
        _random = new Random(seed);
        var ports = new Dictionary<int, int>();
        foreach (var port in Ports().Matches(connection).Select(match => int.Parse(match.Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture)).Distinct())
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _listeners.Add((listener, port));
            ports[port] = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        _ports = ports;
        Connection = Ports().Replace(connection, match => $"127.0.0.1:{_ports[int.Parse(match.Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture)]}/");
        foreach (var (listener, port) in _listeners)
        {
            _ = AcceptAsync(listener, port);
        }
    }

    private enum Fault
    {
        Dropped,
        Busy,
        Slow,
        Cut,
    }

    /// <summary>The connection string of clients that use the proxy.</summary>
    public string Connection { get; }

    /// <summary>Number of faults per kind.</summary>
    public IReadOnlyDictionary<string, int> Faults =>
        Enum.GetValues<Fault>().ToDictionary(fault => fault.ToString(), fault => _counts[(int)fault]);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var (listener, _) in _listeners)
        {
            listener.Stop();
        }

        _stopping.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, int upstream)
    {
        try
        {
            while (true)
            {
                _ = CarryAsync(await listener.AcceptTcpClientAsync(_stopping.Token), upstream);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException
            or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(TcpClient client, int upstream)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, upstream, _stopping.Token);
                var there = RequestsAsync(client.GetStream(), server.GetStream());
                var back = server.GetStream().CopyToAsync(client.GetStream(), _stopping.Token);
                await Task.WhenAny(there, back);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // One side closed the connection.
            }
        }
    }

    /// <summary>Forwards requests until a fault ends the connection.</summary>
    private async Task RequestsAsync(NetworkStream client, NetworkStream server)
    {
        var buffer = new byte[64 << 10];
        while (await client.ReadAsync(buffer, _stopping.Token) is > 0 and var count)
        {
            switch (Draw())
            {
                case Fault.Dropped:
                    return;
                case Fault.Busy:
                    await client.WriteAsync(Busy, _stopping.Token);
                    return;
                case Fault.Slow:
                    await Task.Delay(Wait, TimeProvider.System, _stopping.Token);
                    break;
                case Fault.Cut:
                    // Storage carries the request out, but its answer is lost or truncated.
                    await server.WriteAsync(buffer.AsMemory(0, count), _stopping.Token);
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, _stopping.Token);
                    return;
            }

            await server.WriteAsync(buffer.AsMemory(0, count), _stopping.Token);
        }
    }

    private Fault? Draw()
    {
        lock (_random)
        {
            if (_random.Next(100) >= FaultsInAHundred)
            {
                return null;
            }

            var fault = (Fault)_random.Next(_counts.Length);
            _counts[(int)fault]++;
            return fault;
        }
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)/")]
    private static partial Regex Ports();
}
