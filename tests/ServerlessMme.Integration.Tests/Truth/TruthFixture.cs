using Azure.Storage.Sas;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Storage.Truth;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Truth;

/// <summary>
/// Storage with the CIFAR-10 model under several names, and what the tests of <c>mme truth</c> do with it.
/// </summary>
public sealed class TruthFixture : IAsyncLifetime
{
    private static int _names;
    private readonly StorageFixture _storage = new();

    public string Connection => _storage.Connection;

    public BlobTruthStore Store => new(_storage.Account);

    public ValueTask InitializeAsync() => _storage.InitializeAsync();

    public ValueTask DisposeAsync() => _storage.DisposeAsync();

    /// <summary>A name that stands for the CIFAR-10 model, with containers of its own.</summary>
    public async Task<ModelName> AliasAsync()
    {
        var name = $"alias{Interlocked.Increment(ref _names)}";
        var finished = await RunAsync("models", "alias", name, "cifar10");
        Assert.True(finished.ExitCode == 0, finished.Error);
        return ModelName.Parse(name).Value;
    }

    public Task DropAsync(ModelName model, string name, string file) =>
        _storage.DropAsync(model, name, BinaryData.FromBytes(File.ReadAllBytes(file)));

    /// <summary>Drops the CIFAR-10 samples as <c>{label}/{file}</c>, and returns these names.</summary>
    public async Task<IReadOnlyList<string>> DropSamplesAsync(ModelName model)
    {
        var names = Repository.CifarImages.Select(file => $"{LabelOf(file)}/{Path.GetFileName(file)}").ToList();
        foreach (var (name, file) in names.Zip(Repository.CifarImages))
        {
            await DropAsync(model, name, file);
        }

        return names;
    }

    public static string LabelOf(string file) => Path.GetFileName(file).Split('-')[0];

    public Task<Finished> RunAsync(params string[] arguments) => MmeProcess.RunAsync(Connection, arguments);

    /// <summary>
    /// A connection that may create and overwrite blobs of a model's truth container, and nothing else.
    /// </summary>
    public async Task<string> WriterAsync(ModelName model)
    {
        var account = _storage.Account;
        await account.TruthOf(model).CreateIfNotExistsAsync();
        var sas = account.TruthOf(model).GenerateSasUri(
            BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write,
            TimeProvider.System.GetUtcNow().AddHours(1)).Query.TrimStart('?');
        return $"BlobEndpoint={account.Blobs.Uri};QueueEndpoint={account.Queues.Uri};SharedAccessSignature={sas}";
    }
}
