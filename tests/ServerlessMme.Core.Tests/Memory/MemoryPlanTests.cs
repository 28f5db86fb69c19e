using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Tests.Memory;

public sealed class MemoryPlanTests
{
    private const long MiB = 1 << 20;

    private static readonly long ImageBytes = new ImageOptions().ReadingBytes;

    [Theory]
    [InlineData(512, "512 MiB (limit) = models 160 + scoring 64 + decoding 64 + images 64 + headroom 160")]
    [InlineData(2048, "2048 MiB (limit) = models 1056 + scoring 256 + decoding 256 + images 128 + headroom 352")]
    [InlineData(4096, "4096 MiB (limit) = models 2208 + scoring 512 + decoding 512 + images 256 + headroom 608")]
    public void A_limit_is_divided_without_a_rest(long limit, string expected)
    {
        var plan = Create(new MemoryOptions { LimitBytes = limit * MiB });

        Assert.Equal(expected, plan.ToString());
        Assert.Null(plan.FindProblem());
    }

    [Fact]
    public void Models_get_what_other_parts_leave()
    {
        var options = new MemoryOptions
        {
            LimitBytes = 1024 * MiB,
            HeadroomBytes = 100 * MiB,
            ImageBytes = 70 * MiB,
            DecodingBytes = 200 * MiB,
            ScoringBytes = 54 * MiB,
        };

        Assert.Equal(600 * MiB, Create(options).ModelBytes);
    }

    [Fact]
    public void Without_a_setting_the_limit_is_the_systems()
    {
        Assert.Equal(ContainerMemory.Find().Bytes, Create(new MemoryOptions()).LimitBytes);
    }

    [Fact]
    public void Models_that_take_more_than_is_left_are_a_problem()
    {
        var plan = Create(new MemoryOptions { LimitBytes = 512 * MiB }, 161 * MiB);

        Assert.Equal(
            "The parts of the memory plan exceed its limit: 512 MiB (limit) = models 161 + scoring 64 + decoding 64 + "
            + "images 64 + headroom 160. Raise Mme:Memory:LimitBytes, in bytes, to the memory that the process may "
            + "use, or make a part smaller. Mme:Models:BudgetBytes sets the part for models; settings in "
            + "Mme:Memory set the other parts.",
            plan.FindProblem());
    }

    [Fact]
    public void Parts_whose_sum_no_long_can_hold_are_a_problem()
    {
        var options = new MemoryOptions { LimitBytes = 512 * MiB, DecodingBytes = long.MaxValue };

        Assert.StartsWith("The memory plan leaves less", Create(options).FindProblem(), StringComparison.Ordinal);
        Assert.StartsWith(
            "The parts of the memory plan exceed", Create(options, 64 * MiB).FindProblem(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_leaves_models_too_little_is_a_problem()
    {
        var plan = Create(new MemoryOptions { LimitBytes = 300 * MiB });

        Assert.Equal(
            "The memory plan leaves less than 32 MiB for models, too little to load one: 300 MiB (limit) = models 27 + "
            + "scoring 37 + decoding 37 + images 64 + headroom 133. Raise Mme:Memory:LimitBytes, in bytes, to the "
            + "memory that the process may use, or make a part smaller. Mme:Models:BudgetBytes sets the part for "
            + "models; settings in Mme:Memory set the other parts.",
            plan.FindProblem());
    }

    [Fact]
    public void Room_for_images_that_the_largest_image_exceeds_is_a_problem()
    {
        var plan = Create(new MemoryOptions { LimitBytes = 2048 * MiB, ImageBytes = 32 * MiB });

        Assert.Equal(
            "Mme:Memory:ImageBytes is 33554432 bytes, but must be at least 67108864 to fit an image of "
            + "Mme:Images:MaxBytes, or 0 to use the default.",
            plan.FindProblem());
    }

    [Fact]
    public void A_part_of_less_than_four_mebibytes_is_a_problem()
    {
        var plan = Create(new MemoryOptions { LimitBytes = 512 * MiB, DecodingBytes = 1000 });

        Assert.Equal(
            "Mme:Memory:DecodingBytes is 1000 bytes, but must be at least 4194304, or 0 to use the default.",
            plan.FindProblem());
    }

    private static MemoryPlan Create(MemoryOptions options, long modelBytes = 0) =>
        MemoryPlan.Create(options, modelBytes, ImageBytes);
}
