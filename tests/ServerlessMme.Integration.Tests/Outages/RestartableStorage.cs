using System.Diagnostics;
using Microsoft.Extensions.Options;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Integration.Tests.Outages;

/// <summary>A storage emulator that stops, and comes back at the same addresses with its data.</summary>
internal sealed class RestartableStorage : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Azurite _azurite = null!;

    public string Connection => _azurite.ConnectionString;

    public StorageAccount Account { get; private set; } = null!;

    /// <summary>The emulator's data.</summary>
    public string Folder => _folder.Root;

    public static async Task<RestartableStorage> StartAsync()
    {
        var storage = new RestartableStorage();
        storage._azurite = await storage.RunAsync(ports: null);
        storage.Account = new StorageAccount(
            Options.Create(new StorageOptions { ConnectionString = storage.Connection }));
        return storage;
    }

    /// <summary>Ends the emulator. SIGTERM lets it write its data, which a killed one would lose.</summary>
    public async Task StopAsync()
    {
        using var process = Process.GetProcessById(_azurite.ProcessId);
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Starts the emulator again after <see cref="StopAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        var ports = _azurite.Ports;
        await _azurite.DisposeAsync();
        _azurite = await RunAsync(ports);
    }

    public async ValueTask DisposeAsync()
    {
        await _azurite.DisposeAsync();
        _folder.Dispose();
    }

    private Task<Azurite> RunAsync((int Blob, int Queue)? ports) => Azurite.StartAsync(
        _ => { }, TestContext.Current.CancellationToken, _folder.Root, ports);
}
