using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Emulator;
using ServerlessMme.Storage.Tests;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace ServerlessMme.Storage.Tests;

/// <summary>One Azurite for the assembly. Tests keep apart by model names.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private static int _names;
    private Azurite _azurite = null!;

    public StorageAccount Account { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _azurite = await Azurite.StartAsync(keep: false, _ => { }, CancellationToken.None);
        var options = new StorageOptions { ConnectionString = _azurite.ConnectionString };
        Account = new StorageAccount(Options.Create(options));
        await Account.CreateAsync(CancellationToken.None);
    }

    /// <summary>The same account, each request to which is seen.</summary>
    public StorageAccount Observed(HttpPipelinePolicy observer) => new(
        Options.Create(new StorageOptions { ConnectionString = _azurite.ConnectionString }), observer);

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    /// <summary>A model name that no other test has, with its containers.</summary>
    public async Task<ModelName> CreateModelAsync()
    {
        var model = ModelName.Parse($"t{Interlocked.Increment(ref _names)}").Value;
        await Account.ImagesOf(model).CreateIfNotExistsAsync();
        await Account.LabelsOf(model).CreateIfNotExistsAsync();
        return model;
    }
}
