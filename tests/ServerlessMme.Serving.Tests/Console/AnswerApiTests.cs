using System.Net;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Serving.Tests.Console;

[Collection(ConsoleCollection.Name)]
public sealed class AnswerApiTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Script = "<img src=x onerror=alert(1)>.jpg";
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;

    private string Answers => $"/console/api/answers/{_data.Model}";

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(azurite.ConnectionString);
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
        await _data.LabelAsync("a/1.jpg", "ship", 0.95f, previous: "boat");
        await _data.LabelAsync("a/2.jpg", "ship", 0.4f, isUnsure: true, previous: "ship");
        await _data.LabelAsync("b/3.jpg", "<script>", 0.7f);
        await _data.RefuseAsync(Script, ErrorCode.NotAnImage);
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task A_page_has_every_answer_with_what_a_listing_knows()
    {
        var page = (await _console.GetAsync(Answers)).Json;

        Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
        Assert.Equal(4, page.GetProperty("seen").GetInt32());
        var items = page.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([Script, "a/1.jpg", "a/2.jpg", "b/3.jpg"], items.Select(Image));
        Assert.Equal("NotAnImage", items[0].GetProperty("error").GetString());
        Assert.Equal(JsonValueKind.Null, items[0].GetProperty("answer").ValueKind);
        Assert.Equal(
            ("ship", 0.95, "boat"),
            (items[1].GetProperty("answer").GetString(), items[1].GetProperty("score").GetDouble(),
                items[1].GetProperty("previous").GetString()));
    }

    [Fact]
    public async Task A_page_looks_at_no_more_answers_than_it_is_asked_for_and_the_next_goes_on()
    {
        var first = (await _console.GetAsync($"{Answers}?count=3")).Json;
        var second = (await _console.GetAsync($"{Answers}?from={first.GetProperty("next")}")).Json;

        Assert.Equal(3, first.GetProperty("seen").GetInt32());
        Assert.Equal(
            [Script, "a/1.jpg", "a/2.jpg", "b/3.jpg"],
            first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray())
                .Select(Image));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
    }

    [Theory]
    [InlineData("label=ship", "a/1.jpg,a/2.jpg")]
    [InlineData("label=ship&min=0.5", "a/1.jpg")]
    [InlineData("max=0.7", "a/2.jpg,b/3.jpg")]
    [InlineData("unsure=true", "a/2.jpg")]
    [InlineData("refused=true", Script)]
    [InlineData("refused=NotAnImage", Script)]
    [InlineData("refused=EmptyImage", "")]
    [InlineData("changed=true", "a/1.jpg")]
    [InlineData("prefix=b/", "b/3.jpg")]
    [InlineData("until=2000-01-01", "")]
    [InlineData("since=2000-01-01&label=%3Cscript%3E", "b/3.jpg")]
    public async Task Filters_select(string query, string images)
    {
        var page = (await _console.GetAsync($"{Answers}?{query}")).Json;

        Assert.Equal(images, string.Join(",", page.GetProperty("items").EnumerateArray().Select(Image)));
        Assert.Equal(4, page.GetProperty("seen").GetInt32());
    }

    [Theory]
    [InlineData("min=much")]
    [InlineData("unsure=maybe")]
    [InlineData("since=yesterday")]
    [InlineData("from=!")]
    [InlineData("from=AAAA")]
    [InlineData("count=0")]
    [InlineData("count=5001")]
    public async Task Invalid_filters_are_refused(string query)
    {
        var answer = await _console.GetAsync($"{Answers}?{query}");

        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequest"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2E%2E%2Fmodels")]
    [InlineData("%252E%252E")]
    [InlineData("UPPER")]
    [InlineData("a--b")]
    [InlineData("models%2F..")]
    [InlineData("t1%00")]
    [InlineData("t1%5C..%5Cjobs")]
    public async Task A_name_that_could_be_another_container_is_refused(string name)
    {
        foreach (var path in new[]
        {
            $"/console/api/thumbs/{name}?image=a.jpg",
            $"/console/api/answers/{name}/label?image=a.jpg",
        })
        {
            Assert.Contains((await _console.GetAsync(path)).Status, new[]
            {
                HttpStatusCode.BadRequest, HttpStatusCode.NotFound,
            });
        }
    }

    [Theory]
    [InlineData("../labels/a.jpg")]
    [InlineData("..%2Fimages-other%2Fa.jpg")]
    [InlineData("a%2F..%2F..%2Fmodels%2Fx.tar.gz")]
    [InlineData("%252E%252E%2Fx.jpg")]
    [InlineData("a%5C..%5Cb.jpg")]
    [InlineData("%2Fa.jpg")]
    [InlineData("a%00.jpg")]
    [InlineData("")]
    public async Task An_image_name_that_a_url_would_change_is_refused(string image)
    {
        foreach (var path in new[]
        {
            $"/console/api/thumbs/{_data.Model}?image={image}", $"{Answers}/label?image={image}",
        })
        {
            var answer = await _console.GetAsync(path);
            Assert.Equal((HttpStatusCode.BadRequest, "InvalidImageName"), (answer.Status, answer.Code));
        }
    }

    [Fact]
    public async Task A_label_comes_as_it_is_stored_with_its_correct_label()
    {
        var path = $"{Answers}/label?image={Uri.EscapeDataString("a/1.jpg")}";
        Assert.Equal(JsonValueKind.Null, (await _console.GetAsync(path)).Json.GetProperty("truth").ValueKind);
        await _console.SendAsync(
            HttpMethod.Put, $"/console/api/truth/{_data.Model}?image=a%2F1.jpg", "{\"label\":\"boat\"}");

        var answer = await _console.GetAsync(path);

        Assert.Equal("application/json", answer.Type);
        Assert.Equal("ship", answer.Json.GetProperty("label").GetString());
        Assert.Equal("e1", answer.Json.GetProperty("etag").GetString());
        Assert.Equal("boat", answer.Json.GetProperty("truth").GetProperty("label").GetString());
        Assert.Equal("tester", answer.Json.GetProperty("truth").GetProperty("by").GetString());
    }

    [Fact]
    public async Task An_image_without_a_label_is_not_found()
    {
        var answer = await _console.GetAsync($"{Answers}/label?image=nothing.jpg");

        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_summary_counts_labels_refusals_changes_and_scores()
    {
        var answer = await _console.GetAsync($"{Answers}/summary");

        Assert.Equal("text/event-stream", answer.Type);
        var done = Events.Last(answer.Text, "done");
        Assert.Equal(4, done.GetProperty("seen").GetInt64());
        Assert.Equal(2, done.GetProperty("counts").GetProperty("ship").GetInt64());
        Assert.Equal(
            (1, 1, 1, 1),
            (done.GetProperty("unsure").GetInt32(), done.GetProperty("refused").GetInt32(),
                done.GetProperty("changed").GetInt32(),
                done.GetProperty("errors").GetProperty("NotAnImage").GetInt32()));
        Assert.Equal(20, done.GetProperty("scores").GetArrayLength());
        Assert.Equal(3, done.GetProperty("scores").EnumerateArray().Sum(bin => bin.GetInt32()));
    }

    [Fact]
    public async Task A_comparison_counts_pairs_and_a_cell_has_its_images()
    {
        var compare = $"/console/api/compare/{_data.Model}";

        var done = Events.Last((await _console.GetAsync($"{compare}?kind=previous")).Text, "done");
        var cell = (await _console.GetAsync($"{compare}/cell?kind=previous&from=boat&to=ship")).Json;

        Assert.Equal(2, done.GetProperty("total").GetInt32());
        Assert.Equal(
            ["boat>ship:1", "ship>ship:1"],
            done.GetProperty("cells").EnumerateArray().Select(each =>
                $"{each.GetProperty("from")}>{each.GetProperty("to")}:{each.GetProperty("count")}"));
        Assert.Equal("a/1.jpg", Image(Assert.Single(cell.GetProperty("items").EnumerateArray())));
    }

    [Theory]
    [InlineData("kind=other", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("kind=candidate", HttpStatusCode.BadRequest)]
    [InlineData("kind=candidate&candidate=x", HttpStatusCode.NotFound)]
    public async Task A_comparison_that_is_not_there_is_refused_before_the_first_event(
        string query, HttpStatusCode status)
    {
        var answer = await _console.GetAsync($"/console/api/compare/{_data.Model}?{query}");

        Assert.Equal((status, "application/json"), (answer.Status, answer.Type));
    }

    private static string? Image(JsonElement item) => item.GetProperty("image").GetString();
}
