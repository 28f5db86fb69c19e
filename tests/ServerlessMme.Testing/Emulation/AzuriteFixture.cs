using Azure.Core.Pipeline;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage;

namespace ServerlessMme.Testing.Emulation;

/// <summary>One emulator per test assembly. Each test works with model names of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private static int _names;
    private EmulatedAccount _emulated = null!;

    public StorageAccount Account => _emulated.Account;

    public string ConnectionString => _emulated.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        _emulated = await EmulatedAccount.StartAsync();
        await Account.CreateAsync(CancellationToken.None);
    }

    /// <summary>The same account through clients whose requests the observer sees.</summary>
    public StorageAccount Observed(HttpPipelinePolicy observer) => _emulated.Open(observer);

    public ValueTask DisposeAsync() => _emulated.DisposeAsync();

    /// <summary>A model name that no other test has, with its containers.</summary>
    public async Task<ModelName> CreateModelAsync()
    {
        var model = ModelName.Parse($"t{Interlocked.Increment(ref _names)}").Value;
        await Account.ImagesOf(model).CreateIfNotExistsAsync();
        await Account.LabelsOf(model).CreateIfNotExistsAsync();
        return model;
    }
}
