using ServerlessMme.SageMaker.Tests.Support;

namespace ServerlessMme.SageMaker.Tests;

public sealed class RunBytesTests
{
    private const int LargestBody = 6_291_456;

    [Fact]
    public async Task Tensors_take_memory_as_text_up_to_the_largest_body()
    {
        using var factory = Remote.Factory(Remote.Quick());
        using var backend = await factory.CreateAsync(Remote.Manifest());

        Assert.InRange(backend.RunBytes(1), 1, LargestBody);
        Assert.InRange(backend.RunBytes(2), backend.RunBytes(1) + 1, LargestBody);
        Assert.Equal(LargestBody, backend.RunBytes(int.MaxValue));
    }

    [Fact]
    public async Task Images_take_nothing_but_their_copies()
    {
        using var factory = Remote.Factory(Remote.Quick());
        using var backend = await factory.CreateAsync(
            Remote.Manifest(settings: ("payload", "image")));

        Assert.Equal(0, backend.RunBytes(4));
    }
}
