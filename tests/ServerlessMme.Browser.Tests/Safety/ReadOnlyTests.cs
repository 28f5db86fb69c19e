using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;

namespace ServerlessMme.Browser.Tests.Safety;

/// <summary>A console of its own, started with <c>--read-only</c>.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ReadOnlyTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private RunningConsole? _console;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Page.SignInAsync("?view=jobs");
        await Expect(Page.Heading("Jobs")).ToBeVisibleAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_console is not null)
        {
            await _console.DisposeAsync();
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Every_action_is_switched_off_and_the_page_says_why()
    {
        await Expect(Page.Locator("mme-nav .tag").Filter(new() { HasText = "Read-only" })).ToBeVisibleAsync();
        await Page.GoAsync($"?view=jobs&job={Fixture.Account.Work.Endless}");
        await Expect(Page.Locator("mme-job .danger")).ToBeDisabledAsync();
        await Page.GoAsync("?view=review&model=topics");
        await Expect(Page.Locator("mme-review .accept")).ToBeDisabledAsync();
        await Expect(Page.Locator("mme-review div.said")).ToContainTextAsync("This console is read-only");
        await Expect(Page.Locator("mme-review .choice:enabled")).ToHaveCountAsync(0);
        var image = await Page.Locator("mme-review .caption bdi").TextContentAsync();
        await Page.PressAsync("Enter");
        await Expect(Page.Locator("mme-review .caption bdi")).ToHaveTextAsync(image!);
        await Page.GoAsync("?view=models&about=live");
        await Expect(Page.Button("Switch…")).ToBeDisabledAsync();
        await Page.GoAsync("?view=poison");
        await Expect(Page.Locator("mme-poison tbody .acts button").First).ToBeDisabledAsync();
        await Expect(Page.Locator("mme-poison .bar button:enabled")).ToHaveCountAsync(0);
        await Expect(Page.Locator("mme-poison input[type=checkbox]")).ToHaveCountAsync(0);
        await Page.GoAsync("?view=drop&model=photos");
        await Expect(Page.Heading("This console is read-only")).ToBeVisibleAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task The_server_refuses_what_a_page_would_send_all_the_same()
    {
        var answers = await Page.Page.EvaluateAsync<string[]>(
            """
            async actions => {
                const csrf = localStorage.getItem("mme-console");
                return Promise.all(actions.map(async ([method, path, body]) => {
                    const headers = { "X-Mme-Console": csrf, "Content-Type": "application/json" };
                    const answer = await fetch("/console/api/" + path, { method, headers, body });
                    return answer.status + " " + (await answer.json()).error.code;
                }));
            }
            """,
            new string[][]
            {
                ["PUT", "truth/topics?image=both-00.jpg", """{"label":"ship"}"""],
                ["PUT", "drops/photos?image=x.jpg", "x"],
                ["PUT", "aliases/live", """{"model":"signs"}"""],
                ["POST", $"jobs/{Fixture.Account.Work.Endless}/cancel", ""],
                ["POST", "poison/drop", """{"all":true}"""],
            });

        Assert.Equal(Enumerable.Repeat("403 ReadOnly", 5), answers);
        Assert.Null(await Fixture.Account.Truths.FindAsync(Names.Topics, "both-00.jpg", None));
    }

    private protected override async Task<WatchedPage> OpenAsync()
    {
        Assert.SkipWhen(Chromium.Program is null, Chromium.Missing);
        _console = await RunningConsole.StartAsync(Fixture.Connection, Fixture.Artifacts, "--read-only");
        return await Fixture.OpenUnknownAsync(_console.Address);
    }
}
