using System.Globalization;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;

namespace ServerlessMme.Browser.Tests.Views;

[Collection(ConsoleCollection.Name)]
public sealed class CompareTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private const string View = "?view=compare&model=photos";
    private static readonly string Changed = Photos.FromBirdToAirplane.ToString(CultureInfo.InvariantCulture);

    private ILocator Cell => Page.Locator($"td[aria-label='bird to airplane: {Changed}']");

    private ILocator Side => Page.Locator("mme-compare aside");

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_a_cell_shows_its_images()
    {
        await Page.GoAsync(View);
        await Expect(Page.Locator("mme-compare .sum")).ToContainTextAsync("48 of 1,180 answers differ");
        await Cell.ClickAsync();
        await Page.ExpectStateAsync("from", "bird");
        await Expect(Side).ToContainTextAsync($"{Changed} images");
        await Side.Locator(".tile").First.ClickAsync();
        await Expect(Side).ToContainTextAsync("The previous version’s answer was bird.");
        await Expect(Side.Locator("mme-detail header")).ToContainTextAsync($"1 of {Changed}");
        await Page.Button("Close details").ClickAsync();
        await Page.Button("Close the cell").ClickAsync();
        await Page.ExpectNoStateAsync("from");
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_a_cell_shows_its_images()
    {
        await Page.GoAsync(View);
        await Page.TabToAsync(Page.Locator("td[role=gridcell][tabindex='0']"));
        await Page.PressAsync("ArrowDown");
        await Page.PressAsync("ArrowDown");
        await Expect(Cell).ToBeFocusedAsync();
        await Page.PressAsync("Enter");
        await Page.ExpectStateAsync("to", "airplane");
        await Expect(Side.Locator("[data-index='0']")).ToBeFocusedAsync();
        await Page.PressAsync("ArrowRight");
        await Page.PressAsync("Enter");
        await Expect(Side.Locator("mme-detail header")).ToContainTextAsync($"2 of {Changed}");
        await Page.PressAsync("Escape");
        await Expect(Side.Locator("[data-index='1']")).ToBeFocusedAsync();
        await Page.PressAsync("Escape");
        await Page.ExpectNoStateAsync("from");
        await Expect(Cell).ToBeFocusedAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reload_shows_the_same_cell()
    {
        await Page.GoAsync($"{View}&from=cat&to=dog");
        await Expect(Side).ToContainTextAsync("24 images");
        await Page.Page.ReloadAsync();

        await Expect(Side).ToContainTextAsync("24 images");
        await Expect(Page.Locator("td.chosen")).ToHaveTextAsync("24");
    }

    [Fact(Timeout = Timeout)]
    public async Task A_candidate_is_compared_with_what_an_alias_answers()
    {
        await Page.GoAsync("?view=compare&model=stage&kind=candidate");
        await Page.Page.GetByLabel("Candidate", new() { Exact = true }).And(Page.Locator("select"))
            .SelectOptionAsync("photos-next");

        await Page.ExpectStateAsync("candidate", "photos-next");
        await Expect(Page.Locator("mme-compare .sum"))
            .ToContainTextAsync($"{Work.Different} of {Work.Scored} answers differ");
    }
}
