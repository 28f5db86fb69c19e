using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;

namespace ServerlessMme.Browser.Tests.Views;

/// <summary>What a view shows while it waits, when it fails, and when there is nothing.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class StateTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private const string Refusal = """{"error":{"code":"StorageFailed","message":"Storage <b>is away</b>."}}""";

    [Theory(Timeout = Timeout)]
    [InlineData("?view=gallery&model=photos", "answers/photos?*", ".tile.ghost", "[data-index='0']")]
    [InlineData("?view=gallery&model=photos&image=harbor%2F0000.jpg", "answers/photos/label?*", "", "mme-detail dl")]
    [InlineData("?view=review&model=photos", "truth/photos/next?*", "", "mme-review .caption")]
    [InlineData("?view=compare&model=photos", "compare/photos?*", "", "mme-matrix")]
    [InlineData("?view=models", "models", "", "mme-models [data-row='photos']")]
    [InlineData("?view=models&about=photos", "models/photos", "", "mme-models .side dl")]
    [InlineData("?view=models", "workers", "", "mme-workers [data-state=empty]")]
    [InlineData("?view=jobs", "jobs", "", "mme-jobs tbody tr")]
    [InlineData("?view=poison", "poison", "", "mme-poison tbody tr")]
    [InlineData("?view=jobs", "info", "", "mme-jobs tbody tr")]
    public async Task A_view_waits_says_what_failed_and_tries_again(
        string view, string call, string waiting, string shown)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var glob = $"**/console/api/{call}";
        await Page.Page.RouteAsync(glob, async route =>
        {
            await held.Task;
            await route.FulfillAsync(new() { Status = 503, ContentType = "application/json", Body = Refusal });
        });
        await Page.GoAsync(view);
        await Expect(Page.Locator(waiting.Length > 0 ? waiting : "[data-state=loading]").First).ToBeVisibleAsync();
        await Expect(Page.Locator(shown)).ToHaveCountAsync(0);
        held.SetResult();
        var failed = Page.Locator("[data-state=failed]").First;
        await Expect(failed).ToContainTextAsync("Storage <b>is away</b>.");
        await Page.Page.UnrouteAsync(glob);
        var again = failed.GetByRole(AriaRole.Button, new() { Name = "Try again" });
        if (await again.CountAsync() > 0)
        {
            await again.ClickAsync();
        }
        else
        {
            await Page.Page.ReloadAsync();
        }

        await Expect(Page.Locator(shown).First).ToBeVisibleAsync();
        await Expect(Page.Locator("[data-state=failed]")).ToHaveCountAsync(0);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("?view=gallery&model=live", "No images yet")]
    [InlineData("?view=gallery&model=photos&prefix=zz", "No images match")]
    [InlineData("?view=review&model=live", "All reviewed")]
    [InlineData("?view=compare&model=signs", "No answer differs from the previous version")]
    [InlineData("?view=compare&model=topics&kind=truth", "No correct labels yet")]
    [InlineData("?view=poison&search=zz", "No message contains this text")]
    [InlineData("?view=nowhere", "Page not found")]
    public async Task An_empty_view_says_so(string view, string title)
    {
        await Page.GoAsync(view);

        await Expect(Page.Heading(title)).ToBeVisibleAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task Without_a_session_the_page_asks_for_the_address()
    {
        await using var page = await Fixture.OpenUnknownAsync();
        await page.GoAsync("?view=jobs");
        await page.Page.GetByLabel("Address").FillAsync("http://127.0.0.1:1/console#token=wrong");
        await page.Button("Open the console").ClickAsync();
        await Expect(page.Locator("mme-access .error")).ToContainTextAsync("This address is invalid or has expired.");
        await page.Page.GetByLabel("Address").FillAsync(Fixture.Address.ToString());
        await page.PressAsync("Enter");

        await Expect(page.Heading("Jobs")).ToBeVisibleAsync();
        Assert.DoesNotContain("token", page.Page.Url, StringComparison.Ordinal);
        page.AssertHarmless();
    }

    [Fact(Timeout = Timeout)]
    public async Task The_token_leaves_the_address_bar_and_a_reload_needs_none()
    {
        await using var page = await Fixture.OpenUnknownAsync();
        await page.SignInAsync("?view=jobs&job=none");
        await Expect(page.Heading("Jobs")).ToBeVisibleAsync();
        Assert.DoesNotContain("token", page.Page.Url, StringComparison.Ordinal);
        await page.ExpectStateAsync("job", "none");
        await page.Page.ReloadAsync();

        await Expect(page.Heading("Jobs")).ToBeVisibleAsync();
        page.AssertHarmless();
    }

    [Fact(Timeout = Timeout)]
    public async Task The_model_is_picked_and_the_keys_are_shown_with_the_keyboard()
    {
        await Page.GoAsync("?view=review&model=photos");
        await Expect(Page.Heading("Review photos")).ToBeVisibleAsync();
        await Page.PressAsync("?");
        await Expect(Page.Heading("Keyboard shortcuts")).ToBeVisibleAsync();
        await Page.PressAsync("Escape");
        await Expect(Page.Locator("mme-help")).ToHaveCountAsync(0);
        await Page.PressAsync("Shift+M");
        await Expect(Page.Page.GetByPlaceholder("Find a model")).ToBeFocusedAsync();
        await Page.Keyboard.TypeAsync("topi");
        await Expect(Page.Page.GetByRole(AriaRole.Option, new() { Name = "topics" })).ToBeVisibleAsync();
        await Page.PressAsync("Enter");

        await Page.ExpectStateAsync("model", "topics");
        await Page.ExpectStateAsync("view", "review");
        await Page.TabToAsync(Page.Page.GetByRole(AriaRole.Link, new() { Name = "Jobs" }));
        await Page.PressAsync("Enter");
        await Expect(Page.Heading("Jobs")).ToBeVisibleAsync();
        await Page.Page.GoBackAsync();
        await Page.ExpectStateAsync("view", "review");
    }
}
