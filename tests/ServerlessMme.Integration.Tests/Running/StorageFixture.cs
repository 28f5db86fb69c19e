using System.Text.Json;
using Azure;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;

namespace ServerlessMme.Integration.Tests.Running;

/// <summary>A storage account of a test class's own, with the CIFAR-10 model published in it.</summary>
public sealed class StorageFixture : IAsyncLifetime
{
    private Azurite _azurite = null!;

    public string Connection => _azurite.ConnectionString;

    public StorageAccount Account { get; private set; } = null!;

    public ModelName Cifar { get; } = ModelName.Parse("cifar10").Value;

    public async ValueTask InitializeAsync()
    {
        _azurite = await Azurite.StartAsync(keep: false, _ => { }, CancellationToken.None);
        Account = new StorageAccount(Options.Create(new StorageOptions { ConnectionString = Connection }));
        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            Connection, "models", "push", Repository.File("models", "cifar10"));
        Assert.True(exitCode == 0, output + errors);
    }

    public ValueTask DisposeAsync() => _azurite.DisposeAsync();

    /// <summary>Puts an image where its model's drops go.</summary>
    public async Task DropAsync(ModelName model, string name, BinaryData content)
    {
        await Account.ImagesOf(model).CreateIfNotExistsAsync();
        await Account.ImagesOf(model).GetBlobClient(name).UploadAsync(content, overwrite: true);
    }

    /// <summary>The label of an image, once it is there and obeys the condition.</summary>
    public Task<JsonDocument> LabelAsync(
        ModelName model, string image, TimeSpan atMost, Func<JsonElement, bool>? isRight = null) =>
        Eventually.GetAsync(atMost, $"label of {model}/{image}", async () =>
        {
            try
            {
                var blob = Account.LabelsOf(model).GetBlobClient(image + ".json");
                var label = JsonDocument.Parse((await blob.DownloadContentAsync()).Value.Content);
                return isRight is null || isRight(label.RootElement) ? label : null;
            }
            catch (RequestFailedException exception) when (exception.Status == 404)
            {
                return null;
            }
        });
}
