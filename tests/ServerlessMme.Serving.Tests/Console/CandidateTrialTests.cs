using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>Comparisons with a candidate that scores no live drops.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class CandidateTrialTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TaskCompletionSource _images = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;
    private ModelName _next = null!;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    private string Compare => $"/console/api/compare/{_data.Model}";

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(
            azurite.ConnectionString, change: services => HeldImages.Use(services, _images.Task));
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
        _next = ModelName.Parse($"{_data.Model}-next").Value;
    }

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_candidate_scores_the_models_images_and_writes_nothing()
    {
        _images.SetResult();
        await PublishAsync();
        await DropAsync("airplane-1.jpg");
        await DropAsync("cat-1.jpg");
        await _data.DropAsync("page.jpg", "<html>"u8.ToArray());

        var done = Events.Last((await _console.GetAsync($"{Compare}?kind=candidate&candidate={_next}")).Text, "done");
        var cell = (await _console.GetAsync(
            $"{Compare}/cell?kind=candidate&candidate={_next}&from=ship&to=airplane")).Json;
        var refused = (await _console.GetAsync(
            $"{Compare}/cell?kind=candidate&candidate={_next}&from=error:NotAnImage&to=error:NotAnImage")).Json;

        Assert.Equal(
            ["cat>cat:1", "error:NotAnImage>error:NotAnImage:1", "ship>airplane:1"],
            done.GetProperty("cells").EnumerateArray().Select(each =>
                $"{each.GetProperty("from")}>{each.GetProperty("to")}:{each.GetProperty("count")}"));
        Assert.Equal(3, done.GetProperty("total").GetInt32());
        var item = Assert.Single(cell.GetProperty("items").EnumerateArray());
        Assert.Equal("airplane-1.jpg", item.GetProperty("image").GetString());
        Assert.Equal("airplane", item.GetProperty("answer").GetString());
        Assert.Equal("ship", item.GetProperty("previous").GetString());
        Assert.InRange(item.GetProperty("score").GetDouble(), 0.1, 1);
        Assert.Equal("NotAnImage", refused.GetProperty("items")[0].GetProperty("error").GetString());
        Assert.Empty(await azurite.Account.LabelsOf(_data.Model).GetBlobsAsync(cancellationToken: None)
            .ToListAsync(None));
    }

    [Fact]
    public async Task Progress_comes_while_images_are_scored()
    {
        await PublishAsync();
        await DropAsync("cat-1.jpg");
        using var lines = await _console.OpenAsync($"{Compare}?kind=candidate&candidate={_next}");

        Assert.Equal("event: progress", await lines.ReadLineAsync(None));
        Assert.Equal("data: {\"seen\":0}", await lines.ReadLineAsync(None));
        Assert.Equal("", await lines.ReadLineAsync(None));
        _images.SetResult();

        Assert.Equal(1, Events.Last(await lines.ReadToEndAsync(None), "done").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_console_that_compares_no_candidate_prepares_no_models()
    {
        await using var console = await RunningConsole.StartAsync(
            azurite.ConnectionString,
            change: services => services.AddSingleton<ModelCache>(_ => throw new NotSupportedException("Too early.")));

        Assert.Equal(HttpStatusCode.OK, (await console.GetAsync("/console/api/models")).Status);
        Assert.Equal(
            HttpStatusCode.InternalServerError,
            (await console.GetAsync($"{Compare}?kind=candidate&candidate={_next}")).Status);
    }

    [Fact]
    public async Task Models_that_cannot_be_compared_are_refused_before_the_first_event()
    {
        await PublishAsync();
        var publisher = _console.Services.GetRequiredService<ModelPublisher>();
        var alias = ModelName.Parse($"{_data.Model}-alias").Value;
        Assert.True((await publisher.AliasAsync(alias, _data.Model, None)).TryGet(out _, out _));
        var empty = await azurite.CreateModelAsync();

        // It has no images yet.
        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), await RefusedAsync(_data.Model, _next.Value));
        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), await RefusedAsync(_data.Model, "nothing"));
        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), await RefusedAsync(empty, _next.Value));
        Assert.Equal((HttpStatusCode.Conflict, "SameModel"), await RefusedAsync(_data.Model, _data.Model.Value));
        Assert.Equal((HttpStatusCode.Conflict, "SameModel"), await RefusedAsync(alias, _data.Model.Value));
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidModelName"), await RefusedAsync(_data.Model, "UP"));
    }

    private async Task<(HttpStatusCode, string?)> RefusedAsync(ModelName model, string candidate)
    {
        var answer = await _console.GetAsync($"/console/api/compare/{model}?kind=candidate&candidate={candidate}");
        return (answer.Status, answer.Code);
    }

    private async Task DropAsync(string image) => await _data.DropAsync(
        image, await File.ReadAllBytesAsync(Repository.PathOf("sample-images", "cifar10", image), None));

    /// <summary>The model, and a candidate that says ship for airplane.</summary>
    private async Task PublishAsync()
    {
        var manifest = JsonNode.Parse(Repository.Read("models", "cifar10", "model.json"))!;
        var labels = manifest["labels"]!.AsArray();
        (labels[0], labels[8]) = ("ship", "airplane");
        _folder.Write("model.json", System.Text.Encoding.UTF8.GetBytes(manifest.ToJsonString()));
        File.Copy(Repository.PathOf("models", "cifar10", "model.onnx"), _folder.PathOf("model.onnx"));
        await PushAsync(_data.Model, Repository.PathOf("models", "cifar10"));
        await PushAsync(_next, _folder.Root);
    }

    private async Task PushAsync(ModelName name, string folder)
    {
        var pushed = await _console.Services.GetRequiredService<ModelPublisher>().PushAsync(name, folder, None);
        Assert.True(pushed.TryGet(out _, out var refusal), refusal?.Message);
    }
}
