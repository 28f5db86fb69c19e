using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Tests.Review;

public sealed class ProportionTests
{
    [Fact]
    public void The_interval_of_all_ends_at_exactly_one_and_of_none_at_zero() =>
        Assert.All(Enumerable.Range(1, 2000), images =>
        {
            Assert.Equal(1, new Proportion(images, images).Upper);
            Assert.Equal(0, new Proportion(0, images).Lower);
        });
}
