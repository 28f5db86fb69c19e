using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;

namespace ServerlessMme.Browser.Tests.Views;

[Collection(ConsoleCollection.Name)]
public sealed class GalleryTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private const string View = "?view=gallery&model=photos";

    // A screen has some 30 tiles, and one and a half screens around it are drawn.
    private const int MostDrawn = 150;

    private ILocator Tiles => Page.Locator("mme-grid .tile");

    private ILocator Focused => Page.Locator("mme-grid .tile:focus");

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_images_are_scrolled_filtered_and_opened()
    {
        await Page.GoAsync(View);
        await Expect(Page.Locator(".figures")).ToContainTextAsync("3,004 images");
        await Expect(Tile(0)).ToContainTextAsync("was bird");
        // The version before said the same.
        await Expect(Tile(1).Locator(".mark.changed")).ToHaveCountAsync(0);
        await Tile(0).HoverAsync();
        // Each page of the list is as long as all before it, so the end moves away at first.
        while (await Tile(3_003).CountAsync() == 0)
        {
            await Page.Page.Mouse.WheelAsync(0, 1_000_000);
            await Page.Page.EvaluateAsync("() => new Promise(requestAnimationFrame)");
        }

        await Expect(Tile(3_003).Locator("img[data-state=shown]")).ToBeVisibleAsync();
        Assert.InRange(await Tiles.CountAsync(), 1, MostDrawn);

        await Page.Button("Label").ClickAsync();
        await Page.Page.GetByPlaceholder("Find a label").FillAsync("shi");
        await Page.Locator("mme-menu#label .pick").ClickAsync();
        await Page.ExpectStateAsync("label", "ship");
        await Expect(Page.Locator(".chip")).ToContainTextAsync("ship");
        await Expect(Tiles.Filter(new() { HasNotText = "ship" })).ToHaveCountAsync(0);
        await Tile(2).ClickAsync();
        await Page.ExpectStateAsync("image", "harbor/0078.jpg");
        await Page.Button("Next image").ClickAsync();
        await Expect(Page.Locator("mme-detail header")).ToContainTextAsync("4 of 300");
        await Expect(Page.Locator("mme-detail .bars li")).ToHaveCountAsync(3);
        await Page.Text("Stored label (JSON)").ClickAsync();
        await Expect(Page.Locator("mme-detail pre")).ToContainTextAsync("\"classifiedAt\"");
        await Page.Button("Close details").ClickAsync();
        await Page.ExpectNoStateAsync("image");
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_images_are_walked_opened_and_searched()
    {
        await Page.GoAsync(View);
        await Page.TabToAsync(Page.Locator("mme-grid .tile[tabindex='0']"));
        await Page.PressAsync("End");
        await Expect(Focused).ToHaveAttributeAsync("data-index", new Regex(@"^\d{3,4}$"));
        await Page.PressAsync("Home");
        await Page.PressAsync("ArrowRight");
        await Expect(Focused).ToHaveAttributeAsync("data-index", "1");
        await Page.PressAsync("Enter");
        await Page.ExpectStateAsync("image", "harbor/0003.jpg");
        await Page.PressAsync("ArrowRight");
        await Page.ExpectStateAsync("image", "harbor/0006.jpg");
        await Page.PressAsync("f");
        await Expect(Page.Locator("mme-lightbox dialog")).ToBeVisibleAsync();
        await Page.PressAsync("Escape");
        await Expect(Page.Locator("mme-lightbox")).ToHaveCountAsync(0);
        await Page.ExpectStateAsync("image", "harbor/0006.jpg");
        await Page.TabToAsync(Page.Locator("mme-detail summary"));
        await Page.PressAsync("Enter");
        await Expect(Page.Locator("mme-detail pre")).ToContainTextAsync("harbor/0006.jpg");
        await Page.PressAsync("Escape");
        await Page.ExpectNoStateAsync("image");
        await Expect(Focused).ToHaveAttributeAsync("data-index", "2");

        await Page.PressAsync("/");
        await Page.Keyboard.TypeAsync("harbor/00");
        await Page.ExpectStateAsync("prefix", "harbor/00");
        await Page.TabToAsync(Page.Locator("mme-menu#label > button, mme-menu#label button[popovertarget]"));
        await Page.PressAsync("Enter");
        await Expect(Page.Page.GetByPlaceholder("Find a label")).ToBeFocusedAsync();
        await Page.Keyboard.TypeAsync("shi");
        await Page.PressAsync("Tab");
        await Page.PressAsync("Enter");
        await Page.ExpectStateAsync("label", "ship");
        await Page.TabToAsync(Page.Button("Remove filter Label ship"));
        await Page.PressAsync("Enter");
        await Page.ExpectNoStateAsync("label");
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reload_shows_the_same_filters_and_image()
    {
        await Page.GoAsync($"{View}&label=dog&changed=true&size=l&image=park%2F0025.jpg");
        await Expect(Page.Locator("mme-detail")).ToContainTextAsync("The previous version’s answer was cat.");
        await Expect(Page.Locator(".figures")).ToContainTextAsync("24 images");

        await Page.Page.ReloadAsync();

        await Expect(Page.Locator("mme-detail header")).ToContainTextAsync("of 24");
        await Expect(Page.Locator("mme-detail")).ToContainTextAsync("The previous version’s answer was cat.");
        await Expect(Page.Locator(".chip")).ToHaveCountAsync(2);
        await Expect(Page.Page.GetByTitle("Large tiles").GetByRole(AriaRole.Radio)).ToBeCheckedAsync();
        await Page.Page.GoBackAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task Refused_images_tell_their_reason()
    {
        await Page.GoAsync(View);
        await Page.Button("Status").ClickAsync();
        await Page.Locator("mme-menu#status .pick").Filter(new() { HasText = "NotAnImage" }).ClickAsync();

        await Page.ExpectStateAsync("refused", "NotAnImage");
        await Expect(Page.Locator(".figures")).ToContainTextAsync($"{Photos.Refused} images");
        await Tile(0).ClickAsync();
        await Expect(Page.Locator("mme-detail")).ToContainTextAsync("is not an image.");
        await Expect(Page.Locator("mme-detail .gone")).ToBeVisibleAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_group_shows_the_answer_of_each_member()
    {
        await Page.GoAsync("?view=gallery&model=topics");
        await Tile(0).ClickAsync();

        await Expect(Page.Locator("mme-detail .member h4")).ToHaveTextAsync(["photos", "signs"]);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_entries_of_an_archive_are_images_too()
    {
        await Page.GoAsync($"{View}&prefix={FewImages.Archive}");

        await Expect(Tiles).ToHaveCountAsync(FewImages.Entries);
        await Tile(0).ClickAsync();
        await Expect(Page.Locator("mme-detail dl")).ToContainTextAsync(FewImages.Archive);
    }

    private ILocator Tile(int index) => Page.Locator($"mme-grid [data-index='{index}']");
}
