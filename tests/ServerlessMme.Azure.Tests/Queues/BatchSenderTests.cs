using System.Text;
using ServerlessMme.Azure.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Azure.Tests.Queues;

public sealed class BatchSenderTests
{
    [Fact]
    public void Images_are_split_into_messages_that_a_queue_takes()
    {
        var images = Enumerable.Range(0, 250).Select(i => $"{i}" + new string('ü', 1000)).ToList();

        var groups = BatchSender.Split(images).ToList();

        Assert.Equal(images, groups.SelectMany(group => group));
        Assert.All(groups, group => Assert.InRange(
            Convert.ToBase64String(new BatchMessage("m", group, null, new string('j', 128), "0x8DC").ToJson()).Length,
            1,
            MessageParser.MaxBytes));
    }

    [Fact]
    public void A_message_holds_at_most_a_hundred_images() =>
        Assert.Equal([100, 100, 5], BatchSender.Split([.. Enumerable.Range(0, 205).Select(i => $"{i}")]).Select(g => g.Count));

    [Fact]
    public void No_images_give_no_message() => Assert.Empty(BatchSender.Split([]));

    [Fact]
    public void The_reason_is_found_by_the_message_alone() =>
        Assert.Equal(
            PoisonMessages.ReasonName(BinaryData.FromString("x")),
            PoisonMessages.ReasonName(BinaryData.FromBytes(Encoding.UTF8.GetBytes("x"))));
}
