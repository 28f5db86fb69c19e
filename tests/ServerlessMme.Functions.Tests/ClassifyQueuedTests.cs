using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class ClassifyQueuedTests(ClassifierApp fixture) : IClassFixture<ClassifierApp>
{
    private readonly App _app = fixture.App;

    [Fact(Timeout = 60_000)]
    public async Task Event_grid_event_is_labeled()
    {
        await _app.DropAsync(fixture.Model, "grid/plane.jpg");

        await RunAsync(
            """
            {"id":"1","eventType":"Microsoft.Storage.BlobCreated","data":{"api":"PutBlob"},
             "subject":"/blobServices/default/containers/images-cifar10/blobs/grid/plane.jpg"}
            """);

        var label = await _app.LabelAsync(fixture.Model, "grid/plane.jpg");
        Assert.Equal("airplane", label!["label"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Cloud_event_in_base64_is_labeled()
    {
        await _app.DropAsync(fixture.Model, "cloud/plane.jpg");

        await RunAsync(Convert.ToBase64String(
            """
            {"specversion":"1.0","type":"Microsoft.Storage.BlobCreated","source":"/x","id":"1",
             "subject":"/blobServices/default/containers/images-cifar10/blobs/cloud/plane.jpg"}
            """u8));

        Assert.NotNull(await _app.LabelAsync(fixture.Model, "cloud/plane.jpg"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Bad_image_gets_its_error_and_the_others_of_its_batch_their_labels()
    {
        await _app.DropAsync(fixture.Model, "batch/a.jpg");
        await _app.DropAsync(fixture.Model, "batch/b.jpg", BinaryData.FromString("no image at all"));

        await RunAsync("""{"model":"cifar10","images":["batch/a.jpg","batch/b.jpg","batch/missing.jpg"]}""");

        Assert.NotNull((await _app.LabelAsync(fixture.Model, "batch/a.jpg"))!["label"]);
        Assert.Equal("NotAnImage", await ErrorAsync("batch/b.jpg"));
        Assert.Equal("ImageNotFound", await ErrorAsync("batch/missing.jpg"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Model_that_is_not_published_is_an_error_in_the_label()
    {
        var ghost = Core.Models.ModelName.Parse("ghost").Value;
        await _app.Account.ImagesOf(ghost).CreateIfNotExistsAsync(
            cancellationToken: TestContext.Current.CancellationToken);
        await _app.DropAsync(ghost, "a.jpg");

        await RunAsync("""{"model":"ghost","images":["a.jpg"]}""");

        var label = await _app.LabelAsync(ghost, "a.jpg");
        Assert.Equal("ModelNotFound", label!["error"]!["code"]!.GetValue<string>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("not json")]
    [InlineData("{\"model\":\"cifar10\"}")]
    [InlineData("{\"type\":\"Microsoft.Storage.BlobDeleted\"}")]
    public async Task Message_that_cannot_be_read_goes_to_the_poison_queue_with_its_reason_at_once(string message)
    {
        await RunAsync(message);

        var reason = await _app.ReasonAsync(message);
        Assert.Equal("InvalidMessage", reason!["reasons"]![0]!["code"]!.GetValue<string>());
        var poison = await _app.Account.Poison.PeekMessagesAsync(32, TestContext.Current.CancellationToken);
        Assert.Contains(poison.Value, held => held.Body.ToString() == message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Retry_leaves_a_label_alone_that_is_current()
    {
        await _app.DropAsync(fixture.Model, "again/plane.jpg");
        const string Message = """{"model":"cifar10","images":["again/plane.jpg"]}""";
        await RunAsync(Message);
        var first = (await _app.LabelAsync(fixture.Model, "again/plane.jpg"))!.ToJsonString();

        await RunAsync(Message, tries: 2);

        Assert.Equal(first, (await _app.LabelAsync(fixture.Model, "again/plane.jpg"))!.ToJsonString());
    }

    private async Task<string> ErrorAsync(string image) =>
        (await _app.LabelAsync(fixture.Model, image))!["error"]!["code"]!.GetValue<string>();

    private Task RunAsync(string message, int tries = 1) => _app.Get<ClassifyQueued>().RunAsync(
        message, Calls.Taken(tries), TestContext.Current.CancellationToken);
}
