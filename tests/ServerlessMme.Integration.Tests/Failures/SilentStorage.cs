using System.Net;
using System.Net.Sockets;

namespace ServerlessMme.Integration.Tests.Failures;

/// <summary>An address that accepts connections and never answers, as behind a firewall or a hung server.</summary>
internal sealed class SilentStorage : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SilentStorage() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string ConnectionString => At(Port);

    /// <summary>A connection string for an address at which nothing listens.</summary>
    public static string Closed()
    {
        using var gone = new SilentStorage();
        return gone.ConnectionString;
    }

    public void Dispose() => _listener.Dispose();

    private static string At(int port) => "DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=a2V5;"
        + $"BlobEndpoint=http://127.0.0.1:{port}/acme;QueueEndpoint=http://127.0.0.1:{port}/acme";
}
