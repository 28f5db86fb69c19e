using Azure;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Labels;

public sealed class BlobLabelSinkTests(AzuriteFixture azurite)
{
    private const string Image = "a.jpg";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly BlobLabelSink _sink = new(azurite.Account);

    [Fact]
    public async Task Removing_a_model_keeps_the_answers_it_gave()
    {
        var model = await azurite.CreateModelAsync();
        Assert.Null(await _sink.WriteAsync(model, Label(model, "v1", null), None));

        var kept = await _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None);

        Assert.Equal("ship", kept?.Answer);
        Assert.Equal("ship", (await _sink.FindAsync(model, Image, None))?.Answer);
    }

    [Fact]
    public async Task Removing_a_model_keeps_what_it_refused()
    {
        var model = await azurite.CreateModelAsync();
        await _sink.WriteAsync(model, Label(model, "v1", ErrorCode.NotAnImage), None);

        await _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None);

        Assert.Equal("error:NotAnImage", (await _sink.FindAsync(model, Image, None))?.Answer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_models_label_the_label_says_that_there_is_no_model(bool again)
    {
        var model = await azurite.CreateModelAsync();
        if (again)
        {
            await _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None);
        }

        Assert.Null(await _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None));

        Assert.Equal("error:ModelNotFound", (await _sink.FindAsync(model, Image, None))?.Answer);
    }

    [Fact]
    public async Task A_refusal_that_a_model_gives_replaces_its_predecessors_answer()
    {
        var model = await azurite.CreateModelAsync();
        await _sink.WriteAsync(model, Label(model, "v1", null), None);

        Assert.Null(await _sink.WriteAsync(model, Label(model, "v2", ErrorCode.InvalidArtifact), None));

        Assert.Equal("error:InvalidArtifact", (await _sink.FindAsync(model, Image, None))?.Answer);
    }

    [Fact]
    public async Task A_label_that_cannot_be_replaced_is_not_tried_forever()
    {
        var model = await azurite.CreateModelAsync();
        await _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None);
        var blob = azurite.Account.LabelsOf(model).GetBlobClient($"{Image}.json");
        var lease = blob.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(60), cancellationToken: None);

        await Assert.ThrowsAsync<RequestFailedException>(
            () => _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None));

        await lease.ReleaseAsync(cancellationToken: None);
    }

    [Fact]
    public async Task A_name_that_no_model_has_gets_no_container()
    {
        var model = ModelName.Parse($"unknown-{Guid.NewGuid():N}").Value;

        var exception = await Assert.ThrowsAsync<NoSuchModelException>(
            () => _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None));

        Assert.Equal(ErrorCode.ModelNotFound, exception.Refusal.Code);
        Assert.False(await azurite.Account.LabelsOf(model).ExistsAsync());
    }

    [Fact]
    public async Task Drops_for_a_model_that_is_not_published_yet_get_their_refusals()
    {
        var model = ModelName.Parse($"early-{Guid.NewGuid():N}").Value;
        await azurite.Account.ImagesOf(model).CreateAsync();

        await _sink.WriteAsync(model, Label(model, null, ErrorCode.ModelNotFound), None);

        Assert.Equal("error:ModelNotFound", (await _sink.FindAsync(model, Image, None))?.Answer);
    }

    [Fact]
    public async Task A_listing_shows_score_and_doubt_without_reading_a_label()
    {
        var model = await azurite.CreateModelAsync();
        var unsure = Label(model, "v1", null) with
        {
            Top = [new ScoredClass("ship", 0, 0.123456f)],
            IsUnsure = true,
        };
        await _sink.WriteAsync(model, unsure, None);
        var refused = Label(model, "v1", ErrorCode.NotAnImage);
        await _sink.WriteAsync(model, refused with { Image = refused.Image with { Name = "b.jpg" } }, None);

        var listed = await new BlobDropListing(azurite.Account).ListLabelsAsync(model, None).ToListAsync(None);

        Assert.Equal([0.1235, null], listed.Select(label => label.Stamp.Score));
        Assert.Equal([true, false], listed.Select(label => label.Stamp.IsUnsure));
    }

    private static Label Label(ModelName model, string? version, ErrorCode? error) => new(
        new ImageReference(model.ImagesContainer, Image, "0x1", 1),
        new AnsweringModel(model.Value, version, null, null),
        error is null ? [new ScoredClass("ship", 0, 1)] : [],
        error is { } code ? new Refusal(code, "Because.") : null,
        DateTimeOffset.UnixEpoch);
}
