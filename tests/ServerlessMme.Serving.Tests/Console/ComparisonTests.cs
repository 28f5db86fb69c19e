using System.Net;
using System.Text.Json;
using Azure;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>Correct labels in the review and in the comparison.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ComparisonTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(azurite.ConnectionString);
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task A_review_and_the_comparison_tell_the_same_accuracy()
    {
        await _data.LabelAsync("a.jpg", "ship");
        await _data.LabelAsync("b.jpg", "ship");
        await _data.RefuseAsync("c.jpg", ErrorCode.NotAnImage);
        await PutAsync("a.jpg", "ship");
        await PutAsync("b.jpg", "boat");

        var accuracy = (await PutAsync("c.jpg", "ship")).Json.GetProperty("accuracy");
        var compared = await CompareAsync();

        Assert.Equal((1, 2), (accuracy.GetProperty("right").GetInt32(), accuracy.GetProperty("of").GetInt32()));
        Assert.Equal((1, 2), (compared.GetProperty("same").GetInt32(), compared.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task An_accepted_answer_that_the_list_had_cut_is_right_and_stored_whole()
    {
        var answer = string.Join(" + ", Enumerable.Range(1, 30).Select(i => $"label{i}"))[..230];
        await _data.LabelAsync("a.jpg", answer);
        var listed = (await _console.GetAsync($"/console/api/truth/{_data.Model}/next")).Json
            .GetProperty("items")[0].GetProperty("answer").GetString()!;
        Assert.Equal(200, listed.Length);

        var accuracy = (await PutAsync("a.jpg", listed)).Json.GetProperty("accuracy");
        var stored = await _console.Services.GetRequiredService<ITruthStore>().FindAsync(_data.Model, "a.jpg", None);
        var compared = await CompareAsync();

        Assert.Equal((1, 1), (accuracy.GetProperty("right").GetInt32(), accuracy.GetProperty("of").GetInt32()));
        Assert.Equal(answer, stored!.Label);
        Assert.Equal((1, 1), (compared.GetProperty("same").GetInt32(), compared.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task An_answer_longer_than_a_correct_label_may_be_can_be_accepted_too()
    {
        await _data.LabelAsync("a.jpg", new string('x', 300));
        var listed = (await _console.GetAsync($"/console/api/truth/{_data.Model}/next")).Json
            .GetProperty("items")[0].GetProperty("answer").GetString()!;

        var put = await PutAsync("a.jpg", listed);

        Assert.Equal(HttpStatusCode.OK, put.Status);
        Assert.Equal(1, put.Json.GetProperty("accuracy").GetProperty("right").GetInt32());
    }

    [Fact]
    public async Task What_storage_refuses_to_write_is_not_blamed_on_the_list()
    {
        await using var console = await RunningConsole.StartAsync(
            azurite.ConnectionString,
            change: services => services.AddSingleton<ITruthStore>(new RefusingTruths()));

        var answer = await console.SendAsync(
            HttpMethod.Put, $"/console/api/truth/{_data.Model}?image=a.jpg", "{\"label\":\"ship\"}");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "StorageFailed"), (answer.Status, answer.Code));
        Assert.Contains("InvalidMetadata", answer.Text);
    }

    private Task<ConsoleAnswer> PutAsync(string image, string label) => _console.SendAsync(
        HttpMethod.Put, $"/console/api/truth/{_data.Model}?image={image}", $"{{\"label\":\"{label}\"}}");

    private async Task<JsonElement> CompareAsync() => Events.Last(
        (await _console.GetAsync($"/console/api/compare/{_data.Model}?kind=truth")).Text, "done");

    private sealed class RefusingTruths : ITruthStore
    {
        public IAsyncEnumerable<KnownImage> ListAsync(ModelName model, CancellationToken cancellationToken) =>
            AsyncEnumerable.Empty<KnownImage>();

        public Task<CorrectLabel?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
            Task.FromResult<CorrectLabel?>(null);

        public Task WriteAsync(
            ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<bool> TryAddAsync(
            ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken) =>
            throw new RequestFailedException(400, "The metadata is invalid.", "InvalidMetadata", null);

        public Task RemoveAsync(ModelName model, string image, CancellationToken cancellationToken) =>
            Task.CompletedTask;
    }
}
