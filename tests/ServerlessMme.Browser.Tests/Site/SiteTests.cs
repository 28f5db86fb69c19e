using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;

namespace ServerlessMme.Browser.Tests.Site;

public sealed partial class SiteTests(SiteFixture site) : IClassFixture<SiteFixture>
{
    // A request to another host or a message on the console fails the test: see WatchedPage.
    [Fact(Timeout = ConsoleTest.Timeout)]
    public async Task Search_finds_a_page_and_opens_it()
    {
        await using var page = await site.OpenAsync("index.html");

        await page.Locator("#search-query").FillAsync("calibration");
        var found = page.Locator("#search-results").GetByRole(AriaRole.Link, new() { Name = "Evaluate" }).First;
        await Assertions.Expect(found).ToBeVisibleAsync();
        page.AssertHarmless();
        // docfx opens results in a tab of their own.
        var opened = await page.Page.RunAndWaitForPopupAsync(() => found.ClickAsync());

        await Assertions.Expect(opened).ToHaveURLAsync(EvaluatePage());
        await Assertions.Expect(opened.Locator("article h1")).ToContainTextAsync("Evaluate");
    }

    [Theory(Timeout = ConsoleTest.Timeout)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task A_reader_walks_from_the_overview_to_a_type_and_to_its_source(ColorScheme scheme)
    {
        await using var page = await site.OpenAsync("index.html", scheme);
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync(
            "data-bs-theme", scheme == ColorScheme.Dark ? "dark" : "light");
        await Assertions.Expect(page.Locator("article img").First).ToHaveJSPropertyAsync("complete", true);
        Assert.True(await page.Locator("article img").First.EvaluateAsync<bool>("image => image.naturalWidth > 0"));

        await page.Locator("#toc").GetByRole(AriaRole.Link, new() { Name = "Architecture" }).ClickAsync();
        await Assertions.Expect(page.Locator("article h1")).ToHaveTextAsync("Architecture");
        await page.Locator("article").GetByRole(AriaRole.Link, new() { Name = "ModelCache" }).First.ClickAsync();
        await Assertions.Expect(page.Locator("article pre code"))
            .ToContainTextAsync("public sealed class ModelCache");

        await page.Locator("#navbar").GetByRole(AriaRole.Link, new() { Name = "Code reference" }).ClickAsync();
        await Assertions.Expect(page.Locator("article h1")).ToHaveTextAsync("Code reference");
        await page.Locator("#toc").GetByPlaceholder("Filter by title").FillAsync("ModelCache");
        await page.Locator("#toc a").Filter(new() { HasTextRegex = ModelCacheEntry() }).ClickAsync();
        await Assertions.Expect(page.Locator("article h1")).ToContainTextAsync("Class ModelCache");
        page.AssertHarmless();
    }

    [Fact]
    public void Every_link_within_the_site_leads_to_a_file()
    {
        SiteFixture.SkipWithoutSite();
        var broken = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var page in Directory.EnumerateFiles(SiteFixture.Folder, "*.html", SearchOption.AllDirectories))
        {
            foreach (var link in Links().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value))
            {
                var path = Uri.UnescapeDataString(link.Split('#', '?')[0]);
                if (!Uri.IsWellFormedUriString(link, UriKind.Absolute)
                    && !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, path)))
                {
                    broken.Add($"{Path.GetRelativePath(SiteFixture.Folder, page)}: {link}");
                }
            }
        }

        Assert.Empty(broken);
    }

    [GeneratedRegex("/docs/evaluate\\.html")]
    private static partial Regex EvaluatePage();

    [GeneratedRegex("^\\s*ModelCache\\s*$")]
    private static partial Regex ModelCacheEntry();

    [GeneratedRegex("(?:href|src)=\"([^\"#][^\"]*)\"")]
    private static partial Regex Links();
}
