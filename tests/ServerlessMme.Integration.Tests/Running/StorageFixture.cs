using System.Text.Json;
using Azure;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Running;

/// <summary>A storage account for one test class, with the CIFAR-10 model published in it.</summary>
public sealed class StorageFixture : IAsyncLifetime
{
    private EmulatedAccount _emulated = null!;

    public string Connection => _emulated.ConnectionString;

    public StorageAccount Account => _emulated.Account;

    public ModelName Cifar { get; } = ModelName.Parse("cifar10").Value;

    public async ValueTask InitializeAsync()
    {
        _emulated = await EmulatedAccount.StartAsync();
        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            Connection, "models", "push", Repository.PathOf("models", "cifar10"));
        Assert.True(exitCode == 0, output + errors);
    }

    public ValueTask DisposeAsync() => _emulated.DisposeAsync();

    /// <summary>Puts an image into its model's container.</summary>
    public async Task DropAsync(ModelName model, string name, BinaryData content)
    {
        await Account.ImagesOf(model).CreateIfNotExistsAsync();
        await Account.ImagesOf(model).GetBlobClient(name).UploadAsync(content, overwrite: true);
    }

    /// <summary>Waits until the label of an image exists and meets the condition.</summary>
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
