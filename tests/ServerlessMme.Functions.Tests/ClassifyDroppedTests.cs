using System.IO.Compression;
using Azure;
using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class ClassifyDroppedTests(ClassifierApp fixture) : IClassFixture<ClassifierApp>
{
    [Fact(Timeout = 60_000)]
    public async Task Drop_is_labeled_by_the_model_of_its_container()
    {
        var drop = await fixture.App.DropAsync(fixture.Model, "drops/plane.jpg");

        await fixture.App.Get<ClassifyDropped>().RunAsync(drop, TestContext.Current.CancellationToken);

        var label = await fixture.App.LabelAsync(fixture.Model, "drops/plane.jpg");
        Assert.Equal("airplane", label!["label"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Drop_that_is_no_image_is_answered_with_its_error()
    {
        var drop = await fixture.App.DropAsync(fixture.Model, "drops/notes.txt", BinaryData.FromString("notes"));

        await fixture.App.Get<ClassifyDropped>().RunAsync(drop, TestContext.Current.CancellationToken);

        var label = await fixture.App.LabelAsync(fixture.Model, "drops/notes.txt");
        Assert.Equal("NotAnImage", label!["error"]!["code"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task Archive_that_takes_longer_than_its_slice_goes_on_with_messages_of_its_own()
    {
        const int count = 300;
        await using var app = await App.StartAsync(("Mme:Archives:TimeSlice", "00:00:00.050"));
        var model = await app.PublishAsync();
        var drop = await app.DropAsync(model, "drops/many.zip", Zip(count));

        await app.Get<ClassifyDropped>().RunAsync(drop, TestContext.Current.CancellationToken);
        var messages = 0;
        for (; await app.LabelAsync(model, "drops/many.zip") is null; messages++)
        {
            var message = (await app.Account.Classify.ReceiveMessageAsync()).Value;
            await app.Get<ClassifyQueued>().RunAsync(
                message.Body.ToString(), Calls.Taken(1), TestContext.Current.CancellationToken);
            await app.Account.Classify.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }

        Assert.InRange(messages, 1, count);
        var summary = await app.LabelAsync(model, "drops/many.zip");
        Assert.Equal(count, summary!["entries"]!.GetValue<int>());
        Assert.Equal(count, summary["labels"]!["airplane"]!.GetValue<int>());
        Assert.Empty(await app.QueuedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Drop_that_keeps_failing_goes_on_as_a_message()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        var drop = await app.DropAsync(model, "a.jpg");
        await app.LockLabelAsync(model, "a.jpg");
        var waits = new ShortWaits();

        await new ClassifyDropped(app.Runner(waits)).RunAsync(drop, TestContext.Current.CancellationToken);

        Assert.Equal([1, 4], waits.Seen.Select(wait => wait.TotalSeconds));
        // Hidden for some seconds, so it is counted but cannot be seen yet.
        var queue = await app.Account.Classify.GetPropertiesAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, queue.Value.ApproximateMessagesCount);
        Assert.Empty(await app.QueuedAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task Drop_that_cannot_go_on_as_a_message_is_thrown_for_the_host_to_try_again()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        var drop = await app.DropAsync(model, "a.jpg");
        await app.LockLabelAsync(model, "a.jpg");
        await app.Account.Classify.DeleteAsync(TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<RequestFailedException>(() => new ClassifyDropped(app.Runner(new ShortWaits()))
            .RunAsync(drop, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Drop_with_a_bad_name_is_one_poison_message_even_if_its_reason_cannot_be_written()
    {
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        var runner = app.Runner(new ShortWaits(), new FailingReasons(hangs: false));

        await runner.RunDropAsync(model, "bad\u0001.jpg", TestContext.Current.CancellationToken);

        Assert.Single((await app.Account.Poison.PeekMessagesAsync(32, TestContext.Current.CancellationToken)).Value);
        // Counts hidden messages too.
        var queue = await app.Account.Classify.GetPropertiesAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, queue.Value.ApproximateMessagesCount);
    }

    private static BinaryData Zip(int count)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < count; i++)
            {
                zip.CreateEntryFromFile(App.SamplePath("airplane-1.jpg"), $"{i}.jpg");
            }
        }

        return BinaryData.FromBytes(buffer.ToArray());
    }
}
