using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Queues;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Console;

[Collection(ConsoleCollection.Name)]
public sealed class ActionTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    private string Drops => $"/console/api/drops/{_data.Model}";

    private string Truth => $"/console/api/truth/{_data.Model}";

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(azurite.ConnectionString);
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task A_review_shows_unsure_answers_first_and_tells_the_accuracy()
    {
        await _data.LabelAsync("a.jpg", "ship", 0.9f);
        await _data.LabelAsync("b.jpg", "plane", 0.5f, isUnsure: true);
        await _data.LabelAsync("c.jpg", "cat", 0.3f, isUnsure: true);
        var first = (await _console.GetAsync($"{Truth}/next?order=unsure&count=2")).Json;
        var rest = (await _console.GetAsync($"{Truth}/next?count=2&after={first.GetProperty("next")}")).Json;

        var right = await PutTruthAsync("b.jpg", "plane");
        var wrong = await PutTruthAsync("c.jpg", "dog");
        var undone = await _console.SendAsync(HttpMethod.Delete, $"{Truth}?image=c.jpg&label=dog");
        var left = (await _console.GetAsync($"{Truth}/next?order=least")).Json;

        Assert.Equal("c.jpg,b.jpg", Images(first));
        Assert.Equal("a.jpg", Images(rest));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);
        Assert.Equal((1, 1), Accuracy(right));
        Assert.Equal((1, 2), Accuracy(wrong));
        Assert.Equal((1, 1), Accuracy(undone));
        Assert.Equal("c.jpg,a.jpg", Images(left));
    }

    [Fact]
    public async Task Another_persons_correct_label_is_neither_replaced_nor_taken_back()
    {
        await _data.LabelAsync("a.jpg", "ship", 0.9f);
        await PutTruthAsync("a.jpg", "plane");

        var replaced = await PutTruthAsync("a.jpg", "ship");
        var undone = await _console.SendAsync(HttpMethod.Delete, $"{Truth}?image=a.jpg&label=ship");

        Assert.Equal((HttpStatusCode.Conflict, "Exists"), (replaced.Status, replaced.Code));
        Assert.Equal((HttpStatusCode.Conflict, "Exists"), (undone.Status, undone.Code));
        Assert.Contains(
            "labeled 'a.jpg' as 'plane'",
            undone.Json.GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"label\":\"\"}")]
    [InlineData("[]")]
    [InlineData("{\"label\":1}")]
    public async Task A_correct_label_must_be_a_text(string body)
    {
        var answer = await _console.SendAsync(HttpMethod.Put, $"{Truth}?image=a.jpg", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task A_dropped_file_is_stored_once_and_replaced_only_on_request()
    {
        var dropped = await DropAsync("dir/a.jpg", [1, 2, 3]);
        var again = await DropAsync("dir/a.jpg", [4]);
        var replaced = await DropAsync("dir/a.jpg", [5], "&replace=true");

        Assert.Equal(HttpStatusCode.OK, dropped.Status);
        Assert.Equal((HttpStatusCode.Conflict, "Exists"), (again.Status, again.Code));
        Assert.Equal(HttpStatusCode.OK, replaced.Status);
        var stored = await azurite.Account.ImagesOf(_data.Model).GetBlobClient("dir/a.jpg").DownloadContentAsync(None);
        Assert.Equal([5], stored.Value.Content.ToArray());
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_and_nothing_is_stored()
    {
        using var content = new ByteArrayContent(new byte[(20 << 20) + 1]);

        var answer = await DropAsync("big.jpg", content, "");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.False(await azurite.Account.ImagesOf(_data.Model).GetBlobClient("big.jpg").ExistsAsync(None));
    }

    [Fact]
    public async Task Nothing_is_dropped_where_no_model_is()
    {
        using var content = new ByteArrayContent([1]);

        var answer = await _console.SendAsync(
            HttpMethod.Put, "/console/api/drops/jobs?image=a.jpg", content,
            ("Cookie", _console.Cookie), (ConsoleGate.CsrfHeader, _console.Csrf));

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
    }

    [Fact]
    public async Task The_label_of_a_drop_comes_once_it_is_that_of_this_file()
    {
        await DropAsync("it's, a.jpg", [1]);
        var path = $"{Drops}/labels?images={Uri.EscapeDataString(Uri.EscapeDataString("it's, a.jpg") + ",other.jpg")}";
        await _data.LabelAsync("it's, a.jpg", "ship", etag: "of the file before");
        var before = (await _console.GetAsync(path)).Json;
        var blob = azurite.Account.ImagesOf(_data.Model).GetBlobClient("it's, a.jpg");
        var etag = (await blob.GetPropertiesAsync(null, None)).Value.ETag.ToString().Trim('"');
        await _data.LabelAsync("it's, a.jpg", "plane", etag: etag);

        var after = (await _console.GetAsync(path)).Json;

        Assert.Equal("", Images(before));
        Assert.Equal("it's, a.jpg", Images(after));
        Assert.Equal("plane", after.GetProperty("items")[0].GetProperty("answer").GetString());
    }

    [Fact]
    public async Task A_job_is_listed_shown_and_cancelled()
    {
        var records = _console.Services.GetRequiredService<JobRecords>();
        var now = await records.NowAsync(None);
        var job = new Job(
            JobId.Create(_data.Model, now), JobKind.Submit, _data.Model, new JobAsked(Prefix: "<b>"), "anna",
            Job.NoThreshold, JobState.Listing, now, null, null, JobCounts.Nothing);
        Assert.True(await records.TryCreateAsync(job, None));

        var list = (await _console.GetAsync("/console/api/jobs")).Json;
        var shown = (await _console.GetAsync($"/console/api/jobs/{job.Id}")).Json;
        var cancelled = (await _console.SendAsync(HttpMethod.Post, $"/console/api/jobs/{job.Id}/cancel")).Json;
        var events = await _console.GetAsync($"/console/api/jobs/{job.Id}/events");

        Assert.Contains(
            list.GetProperty("items").EnumerateArray(), item => item.GetProperty("id").GetString() == job.Id.Value);
        Assert.Equal("listing", shown.GetProperty("state").GetString());
        Assert.Equal(0, shown.GetProperty("refusals").GetArrayLength());
        Assert.Equal("cancelled", cancelled.GetProperty("state").GetString());
        Assert.Equal("tester", cancelled.GetProperty("stopped").GetProperty("by").GetString());
        Assert.Equal("cancelled", Events.Last(events.Text, "job").GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("..%2Fpoison%2Fx", HttpStatusCode.BadRequest)]
    [InlineData("x", HttpStatusCode.BadRequest)]
    [InlineData("20261122-231500-none-4f1a", HttpStatusCode.NotFound)]
    public async Task A_job_that_is_not_there_is_refused(string id, HttpStatusCode status)
    {
        Assert.Equal(status, (await _console.GetAsync($"/console/api/jobs/{id}")).Status);
        Assert.Equal(status, (await _console.GetAsync($"/console/api/jobs/{id}/events")).Status);
        Assert.Equal(status, (await _console.SendAsync(HttpMethod.Post, $"/console/api/jobs/{id}/cancel")).Status);
    }

    [Fact]
    public async Task Poison_is_searched_and_only_what_is_found_is_retried_or_dropped()
    {
        await azurite.Account.Classify.ClearMessagesAsync(None);
        await azurite.Account.Poison.ClearMessagesAsync(None);
        var queue = _console.Services.GetRequiredService<MessageQueues>().Poison;
        foreach (var text in new[] { "one <img src=x>", "two", "three" })
        {
            await queue.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), TimeSpan.Zero, None);
        }

        var all = (await _console.GetAsync("/console/api/poison")).Json;
        var found = (await _console.GetAsync("/console/api/poison?search=TWO")).Json;
        var digest = found.GetProperty("items")[0].GetProperty("digest").GetString()!;
        var dropped = await ActAsync("drop", $"{{\"digests\":[\"{digest}\"]}}");
        var retried = await ActAsync("retry", "{\"all\":true,\"search\":\"three\"}");

        Assert.Equal(3, all.GetProperty("count").GetInt32());
        Assert.Equal(1, found.GetProperty("count").GetInt32());
        Assert.Equal([digest], dropped);
        Assert.Single(retried);
        var left = (await azurite.Account.Poison.PeekMessagesAsync(32, None)).Value;
        var back = (await azurite.Account.Classify.PeekMessagesAsync(32, None)).Value;
        Assert.Equal("one <img src=x>", Assert.Single(left).Body.ToString());
        Assert.Equal("three", Assert.Single(back).Body.ToString());
    }

    [Theory]
    [InlineData("100")]
    [InlineData("../jobs")]
    public async Task A_place_that_is_none_of_the_poison_list_is_refused(string from)
    {
        var answer = await _console.GetAsync($"/console/api/poison?from={Uri.EscapeDataString(from)}");

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequest"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task All_poison_is_dropped_even_what_no_list_shows()
    {
        await azurite.Account.Poison.ClearMessagesAsync(None);
        var queue = _console.Services.GetRequiredService<MessageQueues>().Poison;
        foreach (var i in Enumerable.Range(0, 40))
        {
            await queue.SendAsync(System.Text.Encoding.UTF8.GetBytes($"message {i}"), TimeSpan.Zero, None);
        }

        var dropped = await ActAsync("drop", "{\"all\":true}");

        Assert.Equal(40, dropped.Length);
        Assert.Equal(0, await queue.CountAsync(None));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"all\":false}")]
    [InlineData("{\"all\":true,\"digests\":[]}")]
    [InlineData("{\"digests\":[\"../x\"]}")]
    [InlineData("{\"digests\":[null]}")]
    public async Task An_action_on_poison_must_say_which(string body)
    {
        var answer = await _console.SendAsync(HttpMethod.Post, "/console/api/poison/drop", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task An_alias_is_switched_and_models_are_listed_with_their_labels()
    {
        var published = _data.Model;
        var pushed = await new ModelPublisher(azurite.Account)
            .PushAsync(published, Path.Combine(Repository.Models, "cifar10"), None);
        Assert.Null(pushed.Refusal);
        var alias = $"{published}-now";

        var switched = await _console.SendAsync(
            HttpMethod.Put, $"/console/api/aliases/{alias}", $"{{\"model\":\"{published}\"}}");
        var missing = await _console.SendAsync(
            HttpMethod.Put, $"/console/api/aliases/{alias}", "{\"model\":\"nothing\"}");
        var invalid = await _console.SendAsync(HttpMethod.Put, $"/console/api/aliases/{alias}", "{\"model\":\"../x\"}");
        var models = (await _console.GetAsync("/console/api/models")).Json.GetProperty("items").EnumerateArray()
            .ToDictionary(item => item.GetProperty("name").GetString()!);
        var shown = (await _console.GetAsync($"/console/api/models/{published}")).Json;

        Assert.Equal(pushed.Value.Version, switched.Json.GetProperty("version").GetString());
        Assert.Equal((HttpStatusCode.NotFound, "ModelNotFound"), (missing.Status, missing.Code));
        Assert.Equal(HttpStatusCode.BadRequest, invalid.Status);
        Assert.Equal("alias", models[alias].GetProperty("kind").GetString());
        Assert.Equal(published.Value, models[alias].GetProperty("target").GetString());
        Assert.True(models[published.Value].GetProperty("hasDrops").GetBoolean());
        Assert.Equal(10, models[published.Value].GetProperty("labels").GetArrayLength());
        Assert.StartsWith("sha256:", shown.GetProperty("digest").GetString());
        Assert.Equal(10, shown.GetProperty("manifest").GetProperty("labels").GetArrayLength());
    }

    private static string Images(JsonElement page) => string.Join(
        ",", page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("image").GetString()));

    private static (int, int) Accuracy(ConsoleAnswer answer)
    {
        var accuracy = answer.Json.GetProperty("accuracy");
        return (accuracy.GetProperty("right").GetInt32(), accuracy.GetProperty("of").GetInt32());
    }

    private Task<ConsoleAnswer> PutTruthAsync(string image, string label) =>
        _console.SendAsync(HttpMethod.Put, $"{Truth}?image={image}", $"{{\"label\":\"{label}\"}}");

    private async Task<string[]> ActAsync(string action, string body)
    {
        var answer = await _console.SendAsync(HttpMethod.Post, $"/console/api/poison/{action}", body);
        return [.. answer.Json.GetProperty("done").EnumerateArray().Select(digest => digest.GetString()!)];
    }

    private async Task<ConsoleAnswer> DropAsync(string image, byte[] content, string more = "")
    {
        using var body = new ByteArrayContent(content);
        return await DropAsync(image, body, more);
    }

    private Task<ConsoleAnswer> DropAsync(string image, ByteArrayContent content, string more)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return _console.SendAsync(
            HttpMethod.Put, $"{Drops}?image={Uri.EscapeDataString(image)}{more}", content,
            ("Cookie", _console.Cookie), (ConsoleGate.CsrfHeader, _console.Csrf));
    }
}
