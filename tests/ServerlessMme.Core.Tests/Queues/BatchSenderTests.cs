using System.Text;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Tests.Queues;

public sealed class BatchSenderTests
{
    [Fact]
    public async Task Images_are_split_into_messages_that_a_queue_takes()
    {
        var images = Enumerable.Range(0, 250).Select(i => $"{i}" + new string('ü', 1000)).ToList();

        var groups = await SplitAsync(images);

        Assert.Equal(images, groups.SelectMany(group => group));
        Assert.All(groups, group => Assert.InRange(
            Convert.ToBase64String(new BatchMessage(
                new string('m', 56),
                group,
                null,
                new string('j', 128),
                "0x8DC",
                new string('0', 55),
                new string('"', 512)).ToJson()).Length,
            1,
            MessageParser.MaxBytes));
    }

    [Fact]
    public async Task A_message_holds_at_most_as_many_images_as_is_set() =>
        Assert.Equal(
            [100, 100, 5], (await SplitAsync(Enumerable.Range(0, 205).Select(i => $"{i}"))).Select(g => g.Count));

    [Fact]
    public async Task An_archive_has_a_message_of_its_own() =>
        Assert.Equal(
            [["b.zip"], ["c.tar.gz"], ["a", "d"]],
            await SplitAsync(["a", "b.zip", "c.tar.gz", "d"]));

    [Fact]
    public async Task No_images_give_no_message() => Assert.Empty(await SplitAsync([]));

    [Fact]
    public void A_message_has_the_same_digest_plain_and_in_base64() =>
        Assert.Equal(
            MessageDigest.Of(Encoding.UTF8.GetBytes("{}")),
            MessageDigest.Of(Encoding.UTF8.GetBytes(Convert.ToBase64String("{}"u8))));

    private static async Task<List<IReadOnlyList<string>>> SplitAsync(IEnumerable<string> images) =>
        await BatchSender.SplitAsync(images.ToAsyncEnumerable(), 100, CancellationToken.None).ToListAsync();
}
