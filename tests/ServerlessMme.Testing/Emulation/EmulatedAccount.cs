using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;

namespace ServerlessMme.Testing.Emulation;

/// <summary>A storage account in an emulator process of its own, which ends with this object.</summary>
public sealed class EmulatedAccount : IAsyncDisposable
{
    private readonly Azurite _azurite;

    private EmulatedAccount(Azurite azurite)
    {
        _azurite = azurite;
        Account = Open();
    }

    public string ConnectionString => _azurite.ConnectionString;

    public StorageAccount Account { get; }

    /// <summary>Starts the emulator without data, and installs it first where that hasn't been done.</summary>
    public static async Task<EmulatedAccount> StartAsync() => new(
        await Azurite.StartAsync(_ => { }, TestContext.Current.CancellationToken));

    /// <summary>The same account with clients of its own, whose requests an observer sees.</summary>
    public StorageAccount Open(HttpPipelinePolicy? observer = null) => new(
        Options.Create(new StorageOptions { ConnectionString = ConnectionString }), observer);

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();
}
