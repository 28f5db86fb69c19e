using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Browser.Tests.Views;

[Collection(ConsoleCollection.Name)]
public sealed class ReviewTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private ILocator Name => Page.Locator("mme-review .caption bdi");

    private ILocator Said => Page.Locator("mme-review .said strong");

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_answers_are_accepted_corrected_skipped_and_taken_back()
    {
        await Page.GoAsync("?view=review&model=photos");
        var (first, said) = (await Name.TextContentAsync(), await Said.TextContentAsync());
        await Page.Locator(".accept").ClickAsync();
        var second = await NextAsync(first!);
        await Choice("truck").ClickAsync();
        var third = await NextAsync(second);
        await Page.Locator(".caption button").Filter(new() { HasText = "Skip" }).ClickAsync();
        var fourth = await NextAsync(third);
        await Choice("truck").ClickAsync();
        await NextAsync(fourth);
        await Page.Locator(".caption button").Filter(new() { HasText = "Undo" }).ClickAsync();
        await Expect(Name).ToHaveTextAsync(fourth);

        // Decisions are saved one after the other, so all are saved when the last one is taken back.
        await Expect(Page.Text("Undid “truck”")).ToBeVisibleAsync();
        Assert.Equal(said, await TruthAsync(Names.Photos, first!));
        Assert.Equal("truck", await TruthAsync(Names.Photos, second));
        Assert.Null(await TruthAsync(Names.Photos, third));
        Assert.Null(await TruthAsync(Names.Photos, fourth));
        await Expect(Page.Locator("mme-review .figures")).ToContainTextAsync("2 reviewed");
        await Expect(Page.Locator("mme-review .interval")).ToBeVisibleAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_answers_are_accepted_corrected_skipped_and_taken_back()
    {
        await Page.GoAsync("?view=review&model=signs");
        var (first, said) = (await Name.TextContentAsync(), await Said.TextContentAsync());
        await Page.PressAsync("Enter");
        var second = await NextAsync(first!);
        // A digit is its own key, wherever it is in the list; before the list is there, none has a key.
        await Expect(Page.Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^4 4") })).ToBeVisibleAsync();
        await Page.PressAsync("4");
        var third = await NextAsync(second);
        await Page.PressAsync("s");
        var fourth = await NextAsync(third);
        await Page.PressAsync("/");
        await Page.Keyboard.TypeAsync("9");
        await Page.PressAsync("Enter");
        var fifth = await NextAsync(fourth);
        await Page.PressAsync("Space");
        await Expect(Page.Locator("mme-lightbox dialog")).ToBeVisibleAsync();
        await Page.PressAsync("Escape");
        await Expect(Page.Locator("mme-lightbox")).ToHaveCountAsync(0);
        await Page.PressAsync("2");
        await NextAsync(fifth);
        await Page.PressAsync("u");
        await Expect(Name).ToHaveTextAsync(fifth);

        await Expect(Page.Text("Undid “2”")).ToBeVisibleAsync();
        Assert.Equal(said, await TruthAsync(Names.Signs, first!));
        Assert.Equal("4", await TruthAsync(Names.Signs, second));
        Assert.Null(await TruthAsync(Names.Signs, third));
        Assert.Equal("9", await TruthAsync(Names.Signs, fourth));
        Assert.Null(await TruthAsync(Names.Signs, fifth));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reload_keeps_the_order()
    {
        await Page.GoAsync("?view=review&model=topics");
        await Page.Page.GetByText("Least certain").ClickAsync();
        await Page.ExpectStateAsync("order", "least");
        await Page.Page.ReloadAsync();

        await Expect(Page.Page.GetByLabel("Least certain")).ToBeCheckedAsync();
        await Expect(Name).ToBeVisibleAsync();
    }

    /// <summary>The name of the image after another one, once it is shown.</summary>
    private async Task<string> NextAsync(string before)
    {
        await Expect(Name).Not.ToHaveTextAsync(before);
        return (await Name.TextContentAsync())!;
    }

    private ILocator Choice(string label) =>
        Page.Locator(".choice").Filter(new() { Has = Page.Page.GetByText(label, new() { Exact = true }) });

    private async Task<string?> TruthAsync(ModelName model, string image) =>
        (await Fixture.Account.Truths.FindAsync(model, image, None))?.Label;
}
