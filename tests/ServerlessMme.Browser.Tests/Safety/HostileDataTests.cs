using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;

namespace ServerlessMme.Browser.Tests.Safety;

/// <summary>
/// Names, labels and pictures that try to run a script, pose as something else, or cost too much are shown as text, or
/// not at all. <see cref="ConsoleTest"/> fails each test whose page opened a dialog or asked another host.
/// </summary>
[Collection(ConsoleCollection.Name)]
public sealed class HostileDataTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private const string Model = "model=hostile";

    private ILocator Tiles => Page.Locator("mme-grid .tile");

    public override async ValueTask DisposeAsync()
    {
        if (Page is { } page)
        {
            Assert.False(await page.Page.EvaluateAsync<bool>("() => 'pwned' in window"));
            // The page's own script is the only one.
            Assert.Equal(1, await page.Locator("script, iframe, object, embed").CountAsync());
        }

        await base.DisposeAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task The_gallery_shows_names_and_labels_as_text()
    {
        await Page.GoAsync($"?view=gallery&{Model}");
        await Expect(Tiles).ToHaveCountAsync(HostileData.Images.Count);
        await Expect(Tiles.Filter(new() { HasText = HostileData.Image })).ToHaveCountAsync(1);
        await Expect(Tiles.Filter(new() { HasText = HostileData.Script }).First).ToBeVisibleAsync();
        // The character that turns the direction is written out.
        await Expect(Tiles.Filter(new() { HasText = @"invoice-\u202egpj.exe.jpg" })).ToHaveCountAsync(1);
        await Expect(Tiles.Filter(new() { HasText = "תמונה.jpg" })).ToHaveCountAsync(1);
        await Expect(Page.Locator("img[data-state=loading]")).ToHaveCountAsync(0);
        await Page.Button("Label").ClickAsync();
        await Expect(Page.Locator("mme-menu#label .pick")).ToHaveCountAsync(HostileData.Labels.Count);
        await Page.Locator("mme-menu#label .pick").Filter(new() { HasText = HostileData.Script }).ClickAsync();
        await Expect(Page.Locator(".chip bdi")).ToHaveTextAsync(HostileData.Script);
    }

    [Fact(Timeout = Timeout)]
    public async Task Each_image_opens_harmlessly_by_its_address()
    {
        foreach (var image in HostileData.Images)
        {
            await Page.GoAsync($"?view=gallery&{Model}&image={Uri.EscapeDataString(image)}");
            var detail = Page.Locator("mme-detail");
            await Expect(detail.Locator("dd.long")).ToHaveTextAsync(
                image.Replace("\u202E", @"\u202e", StringComparison.Ordinal));
            await Expect(detail.Locator(".pic img[data-state=shown], .pic .gone").First).ToBeAttachedAsync();
            await Page.Locator("mme-detail summary").ClickAsync();
            await Expect(detail.Locator("pre")).ToContainTextAsync("\"image\"");
        }

        // A name of 1,019 characters must not make the page wider than the window.
        Assert.True(await Page.Page.EvaluateAsync<bool>(
            "() => document.documentElement.scrollWidth <= window.innerWidth"));
    }

    [Theory(Timeout = Timeout)]
    [InlineData("broken.jpg", 415)]
    [InlineData("huge.png", 413)]
    [InlineData("page.jpg", 415)]
    [InlineData("vector.jpg", 415)]
    public async Task A_picture_that_is_none_is_refused_and_the_page_says_why(string image, int status)
    {
        await Page.GoAsync($"?view=gallery&{Model}&image={image}");
        var refused = await Page.Page.RunAndWaitForResponseAsync(
            () => Page.Page.ReloadAsync(), response => response.Url.Contains("size=320", StringComparison.Ordinal));

        Assert.Equal(status, refused.Status);
        Assert.Equal("application/json", refused.Headers["content-type"]);
        await Expect(Page.Locator("mme-detail .gone")).ToContainTextAsync(image);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("?view=review&model=hostile", "mme-review .choice")]
    [InlineData("?view=compare&model=hostile", "mme-matrix td.some")]
    [InlineData("?view=models&about=hostile", "mme-models .side pre")]
    [InlineData("?view=poison", "mme-poison tbody tr")]
    [InlineData("?view=jobs", "mme-jobs tbody tr")]
    public async Task Every_other_view_shows_script_as_text(string view, string shown)
    {
        await Page.GoAsync(view);
        await Expect(Page.Locator(shown).First).ToBeVisibleAsync();

        await Expect(Page.Page.GetByText(HostileData.Script).First).ToBeVisibleAsync();
    }

    [Theory(Timeout = Timeout)]
    [InlineData("?view=<img src=x onerror=window.pwned=1>")]
    [InlineData("?view=gallery&model=<img src=x onerror=window.pwned=1>")]
    [InlineData("?view=gallery&model=..%2Fmodels&image=..%2F..%2Fx")]
    [InlineData("?view=gallery&model=..")]
    [InlineData("?view=gallery&model=photos&label=<script>window.pwned=1</script>")]
    [InlineData("?view=models&about=<img src=x onerror=window.pwned=1>")]
    [InlineData("?view=jobs&job=..%2Fpoison%2Fx")]
    [InlineData("?view=compare&model=photos&from=<b>&to=<img src=x onerror=window.pwned=1>")]
    public async Task An_address_that_somebody_else_made_runs_nothing(string query)
    {
        await Page.GoAsync(query);

        await Expect(Page.Locator("[data-state=empty], [data-state=failed]").First).ToBeVisibleAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_label_with_script_becomes_the_truth_as_text()
    {
        await Page.GoAsync($"?view=review&{Model}");
        var image = await Page.Locator("mme-review .caption bdi").TextContentAsync();
        await Page.Locator(".choice").Filter(new() { HasText = HostileData.Script }).ClickAsync();
        await Expect(Page.Locator("mme-review .trail bdi")).ToHaveTextAsync(HostileData.Script);
        await Expect(Page.Locator("mme-review .figures")).ToContainTextAsync("1 reviewed");
        await Page.GoAsync($"?view=gallery&{Model}&image={Uri.EscapeDataString(image!)}");

        await Expect(Page.Locator("mme-detail dl")).ToContainTextAsync(HostileData.Script);
    }
}
