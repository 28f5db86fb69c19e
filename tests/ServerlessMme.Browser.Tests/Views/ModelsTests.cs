using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Browser.Tests.Views;

[Collection(ConsoleCollection.Name)]
public sealed class ModelsTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private ILocator Comparison => Page.Locator("mme-switch .compare");

    private static string Difference => $"{Work.Different} of {Work.Scored} answers would differ";

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_an_alias_is_switched_after_its_comparison()
    {
        var alias = Names.Aliases[0];
        await Page.GoAsync("?view=models");
        await Row(alias).ClickAsync();
        await Page.ExpectStateAsync("about", alias.Value);
        await Page.Button("Switch…").ClickAsync();
        await Page.Locator("mme-switch select").SelectOptionAsync("photos-next");
        await Expect(Comparison).ToContainTextAsync(Difference);
        Assert.Equal(Names.Photos, await TargetAsync(alias));
        await Page.Button("Switch to photos-next").ClickAsync();

        await Expect(Page.Text("live now points to photos-next")).ToBeVisibleAsync();
        Assert.Equal(Names.PhotosNext, await TargetAsync(alias));
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_an_alias_is_switched_after_its_comparison()
    {
        var alias = Names.Aliases[1];
        await Page.GoAsync("?view=models");
        await Page.TabToAsync(Row(alias));
        await Page.PressAsync("Enter");
        await Page.ExpectStateAsync("about", alias.Value);
        await Page.TabToAsync(Page.Button("Switch…"));
        await Page.PressAsync("Enter");
        await Page.TabToAsync(Page.Locator("mme-switch select"));
        await Page.Keyboard.TypeAsync("photos-next");
        await Expect(Comparison).ToContainTextAsync(Difference);
        await Page.TabToAsync(Page.Button("Switch to photos-next"));
        await Page.PressAsync("Enter");

        await Expect(Page.Text("stage now points to photos-next")).ToBeVisibleAsync();
        Assert.Equal(Names.PhotosNext, await TargetAsync(alias));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reload_shows_the_same_model_with_its_manifest()
    {
        await Page.GoAsync("?view=models&about=signs");
        await Page.Page.ReloadAsync();

        var about = Page.Page.GetByRole(AriaRole.Complementary, new() { Name = "About signs" });
        await Expect(about).ToContainTextAsync(new Regex("sha256:[0-9a-f]{64}"));
        await Expect(about.Locator("pre")).ToContainTextAsync("\"labels\"");
        await Page.GoAsync("?view=models&about=topics");
        await Expect(Page.Locator("aside")).ToContainTextAsync("photos");
        await Page.Page.GetByPlaceholder("Find a model…").FillAsync("top");
        await Expect(Page.Locator("mme-models tbody [data-row]")).ToHaveTextAsync(["topics"]);
    }

    private ILocator Row(ModelName name) => Page.Locator($"mme-models [data-row='{name}']");

    private async Task<ModelName?> TargetAsync(ModelName alias) =>
        (await Fixture.Account.Catalog.FindAsync(alias, None))?.Target;
}
