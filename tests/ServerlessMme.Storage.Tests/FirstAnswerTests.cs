using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Storage.Tests;

public sealed class FirstAnswerTests
{
    private const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task A_service_that_never_answered_is_asked_once()
    {
        using var server = new ScriptedServer();
        var account = AccountAt(server.Port, TimeSpan.FromMinutes(1));
        var serving = server.RunAsync(answers: [false]);

        var failure = await Assert.ThrowsAsync<StorageUnreachableException>(
            () => account.Models.ExistsAsync(TestContext.Current.CancellationToken));

        await serving;
        Assert.StartsWith(
            $"Storage at http://127.0.0.1:{server.Port} cannot be reached", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_service_that_says_nothing_is_left_after_the_limit()
    {
        using var server = new ScriptedServer();
        var account = AccountAt(server.Port, TimeSpan.FromMilliseconds(200));

        var failure = await Assert.ThrowsAsync<StorageUnreachableException>(
            () => account.Models.ExistsAsync(TestContext.Current.CancellationToken));

        Assert.Contains("no response within 0.2 seconds", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_service_that_answered_once_is_asked_again_after_a_failure()
    {
        using var server = new ScriptedServer();
        var account = AccountAt(server.Port, TimeSpan.FromMinutes(1));
        var serving = server.RunAsync(answers: [true, false, true]);

        Assert.True(await account.Models.ExistsAsync(TestContext.Current.CancellationToken));
        Assert.True(await account.Models.ExistsAsync(TestContext.Current.CancellationToken));

        await serving;
    }

    private static StorageAccount AccountAt(int port, TimeSpan limit) => new(
        Options.Create(new StorageOptions
        {
            ConnectionString = "DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=a2V5;"
                + $"BlobEndpoint=http://127.0.0.1:{port}/acme;QueueEndpoint=http://127.0.0.1:{port}/acme",
        }),
        firstAnswer: new FirstAnswer(limit));

    /// <summary>Answers one request per connection, or with something that is not HTTP.</summary>
    private sealed class ScriptedServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public ScriptedServer() => _listener.Start();

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async Task RunAsync(bool[] answers)
        {
            foreach (var answer in answers)
            {
                using var client = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                await using var stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1);
                // HTTP clients repeat a request by themselves if the connection is closed without a word.
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    answer ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" : "nonsense\r\n\r\n"));
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
