using System.Net;
using System.Net.Sockets;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Emulator.Tests.Background;

public sealed class PortCheckTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public PortCheckTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_taken_port_is_refused_with_its_option_and_who_has_it()
    {
        var refusal = await Assert.ThrowsAsync<EmulatorException>(() => CheckAsync(new StoragePorts(0, Port, 0)));

        Assert.Contains($"Port {Port} is in use", refusal.Message, StringComparison.Ordinal);
        // 'mme demo --keep' checks the ports too, but has no such option.
        Assert.Contains("'mme storage start --queue-port 0'", refusal.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"process {Environment.ProcessId} (", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_Azurite_at_a_taken_port_is_named()
    {
        await using var azurite = await Azurite.StartAsync(_ => { }, TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<EmulatorException>(
            () => CheckAsync(new StoragePorts(azurite.Ports.Blob, 0, 0)));

        Assert.Contains("an Azurite", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--blob-port", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Free_ports_are_not_refused()
    {
        var port = Port;
        _listener.Stop();

        await CheckAsync(new StoragePorts(port, 0, 0));
    }

    private static Task CheckAsync(StoragePorts ports) =>
        PortCheck.CheckAsync(ports, TestContext.Current.CancellationToken);
}
