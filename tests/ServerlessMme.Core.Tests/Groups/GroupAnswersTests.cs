using System.Buffers;
using ServerlessMme.Core.Groups;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Tests.Groups;

public sealed class GroupAnswersTests
{
    private static readonly ModelName Group = ModelName.Parse("topics").Value;

    [Fact]
    public void First_micro_batch_is_small_and_the_next_ones_hold_32_MiB_of_answers()
    {
        var answers = new GroupAnswers();
        Assert.Equal(16, answers.ImagesAtOnce(Group, members: 2));

        answers.Learn(Group, [Image(bytes: 512 << 10), Image(bytes: 1 << 20)]);

        Assert.Equal(32, answers.ImagesAtOnce(Group, members: 2));
        Assert.Equal(16, answers.LabelsInFlight(Group, members: 2, most: 32));
        Assert.Equal(16, answers.ImagesAtOnce(ModelName.Parse("other").Value, members: 2));
    }

    [Theory]
    [InlineData(100, 256)]
    [InlineData(40 << 20, 1)]
    public void There_is_room_for_one_image_and_not_for_more_than_256(int bytes, int images)
    {
        var answers = new GroupAnswers();

        answers.Learn(Group, [Image(bytes)]);

        Assert.Equal(images, answers.ImagesAtOnce(Group, members: 2));
    }

    private static GroupImage Image(int bytes)
    {
        var image = new GroupImage(
            new EncodedImage(new ImageReference("images-topics", "a.png", "1", 1), ArrayPool<byte>.Shared.Rent(1), 1), 2);
        image.Answer(0, new MemberAnswer("one", "1", new byte[bytes / 2], 0.5f));
        image.Answer(1, new MemberAnswer("two", "1", new byte[bytes / 2], 0.5f));
        return image;
    }
}
