using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Infra.Tests.Support;
using ServerlessMme.Storage;

namespace ServerlessMme.Infra.Tests.Azure;

public sealed class EventTests(DeploymentFixture fixture)
{
    private const string Subscriptions = "Microsoft.EventGrid/systemTopics/eventSubscriptions";

    [Fact]
    public void One_subscription_takes_the_drops_of_every_model_and_nothing_else()
    {
        var filter = fixture.Dev.One(Subscriptions).Of("properties.filter");
        var prefix = filter.Text("subjectBeginsWith");
        var model = ModelName.Parse("a").Value;

        Assert.StartsWith(prefix, Subject(model.ImagesContainer), StringComparison.Ordinal);
        string[] others = [model.LabelsContainer, StorageAccount.ModelsContainer, StorageAccount.JobsContainer];
        foreach (var other in others)
        {
            Assert.False(Subject(other).StartsWith(prefix, StringComparison.Ordinal));
        }

        var api = Assert.Single(filter.Of("advancedFilters").EnumerateArray());
        Assert.Equal(("StringIn", "data.api"), (api.Text("operatorType"), api.Text("key")));
        Assert.Equal(["PutBlob", "PutBlockList", "FlushWithClose", "CopyBlob"], api.Texts("values"));
    }

    [Fact]
    public void The_app_reads_the_events_that_are_delivered()
    {
        var subscription = fixture.Dev.One(Subscriptions).Of("properties");
        Assert.Equal("EventGridSchema", subscription.Text("eventDeliverySchema"));
        var message = $$"""
            {"topic":"t","subject":"{{Subject("images-cifar10")}}","id":"1","dataVersion":"","metadataVersion":"1",
             "eventType":"{{Assert.Single(subscription.Texts("filter.includedEventTypes"))}}",
             "eventTime":"2026-11-22T19:00:00Z","data":{"api":"PutBlob","eTag":"0x8DC"} }
            """;

        var parsed = MessageParser.Parse(BinaryData.FromString(message).ToMemory());

        var request = Assert.Single(parsed.Value.Requests);
        Assert.Equal("cifar10", request.Model.Value);
        Assert.Equal(["plane.jpg"], request.Images);
    }

    [Fact]
    public void Events_go_to_the_queue_by_identity_and_what_cannot_be_delivered_is_kept()
    {
        var subscription = fixture.Dev.One(Subscriptions).Of("properties");
        var destination = subscription.Of("deliveryWithResourceIdentity.destination");
        var kept = subscription.Text(
            "deadLetterWithResourceIdentity.deadLetterDestination.properties.blobContainerName");

        Assert.Equal("StorageQueue", destination.Text("endpointType"));
        Assert.Equal(StorageAccount.ClassifyQueue, destination.Text("properties.queueName"));
        Assert.EndsWith("-events", subscription.Text("deliveryWithResourceIdentity.identity.userAssignedIdentity"));
        Assert.Contains(kept, fixture.Dev.Names("Microsoft.Storage/storageAccounts/blobServices/containers"));
    }

    private static string Subject(string container) => $"/blobServices/default/containers/{container}/blobs/plane.jpg";
}
