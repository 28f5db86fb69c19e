using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Tests.Support;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Tests;

public sealed class StorageCreationTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public async Task Container_of_the_sample_model_is_there_before_the_model_if_a_trigger_watches_it(
        string blobs, bool expected)
    {
        var none = TestContext.Current.CancellationToken;
        await using var app = await App.StartAsync(("Mme:Triggers:Blobs", blobs));
        var triggers = app.Get<TriggerMetadata>();
        await triggers.ReadModelsAsync(none);

        await new StorageCreation(app.Account, triggers, NullLogger<StorageCreation>.Instance).RunAsync(none);

        var container = app.Account.ImagesOf(ModelName.Parse("cifar10").Value);
        Assert.Equal(expected, (await container.ExistsAsync(none)).Value);
    }
}
