using Microsoft.Playwright;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Browser.Tests.Seeding;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Browser.Tests.Views;

[Collection(ConsoleCollection.Name)]
public sealed class JobsTests(ConsoleFixture fixture) : ConsoleTest(fixture)
{
    private ILocator Panel => Page.Locator("mme-job");

    [Fact(Timeout = Timeout)]
    public async Task By_mouse_a_job_is_watched_and_canceled()
    {
        var job = Fixture.Account.Work.Running[0];
        await Page.GoAsync("?view=jobs");
        await Row(job).ClickAsync();
        await Page.ExpectStateAsync("job", job.Value);
        await Expect(Panel).ToContainTextAsync($"{Work.Done} of {Work.Total}");
        await Fixture.Account.Work.CountAsync(job, "second", 130);
        await Expect(Panel).ToContainTextAsync($"250 of {Work.Total}");
        await Panel.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(Page.Locator("mme-confirm p")).ToContainTextAsync("Answers so far (250) are kept.");
        await Page.Locator("mme-confirm").GetByRole(AriaRole.Button, new() { Name = "Cancel", Exact = true })
            .ClickAsync();
        Assert.Equal(JobState.Running, await StateAsync(job));
        await Panel.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Page.Button("Cancel the job").ClickAsync();

        await Expect(Panel.Locator(".tag").First).ToHaveTextAsync("canceled");
        Assert.Equal(JobState.Cancelled, await StateAsync(job));
    }

    [Fact(Timeout = Timeout)]
    public async Task With_the_keyboard_a_job_is_watched_and_canceled()
    {
        var job = Fixture.Account.Work.Running[1];
        await Page.GoAsync("?view=jobs");
        await Page.TabToAsync(Row(job));
        await Page.PressAsync("Enter");
        await Expect(Panel).ToContainTextAsync($"{Work.Done} of {Work.Total}");
        await Fixture.Account.Work.CountAsync(job, "second", 80);
        await Expect(Panel).ToContainTextAsync($"200 of {Work.Total}");
        await Page.PressAsync("Escape");
        await Page.ExpectNoStateAsync("job");
        await Expect(Row(job)).ToBeFocusedAsync();
        await Page.TabToAsync(Page.Locator($"tr:has([data-row='{job}']) .act button"));
        await Page.PressAsync("Enter");
        await Expect(Page.Button("Cancel the job")).ToBeFocusedAsync();
        await Page.PressAsync("Enter");

        await Expect(Page.Locator($"tr:has([data-row='{job}']) .tag")).ToHaveTextAsync("canceled");
        Assert.Equal(JobState.Cancelled, await StateAsync(job));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reload_shows_the_same_report()
    {
        var job = Fixture.Account.Work.Rescored!;
        await Page.GoAsync($"?view=jobs&job={job}");
        await Page.Page.ReloadAsync();

        await Expect(Panel).ToContainTextAsync("Changed answers: 6 of 58");
        await Expect(Panel.Locator(".refusals")).ToContainTextAsync("NotAnImage");
        await Panel.Locator("summary").ClickAsync();
        await Expect(Panel.Locator("pre")).ToContainTextAsync(job.Value);
    }

    private ILocator Row(JobId job) => Page.Locator($"mme-jobs [data-row='{job}']");

    private async Task<JobState?> StateAsync(JobId job) => (await Fixture.Account.Jobs.FindAsync(job, None))?.State;
}
