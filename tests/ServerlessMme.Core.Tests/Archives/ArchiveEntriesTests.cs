using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Archives;

public sealed class ArchiveEntriesTests
{
    private readonly WorkingMemory _memory = AmpleMemory.Create();
    private readonly ArchiveOptions _options = new();

    [Fact]
    public async Task An_entry_has_its_archives_version_and_its_own_size()
    {
        var fetched = await ReadAsync("a.zip/dir/2.jpg", ("1.jpg", [1]), ("dir/2.jpg", [2, 2]), ("3.jpg", [3]));

        using var image = fetched.Image!;
        Assert.Equal([2, 2], image.Bytes.ToArray());
        Assert.Equal(new ImageReference("images-m", "a.zip/dir/2.jpg", "0x1", 2), fetched.Reference);
    }

    [Fact]
    public async Task The_first_entry_of_a_name_counts()
    {
        using var image = (await ReadAsync("a.zip/1.jpg", ("1.jpg", [1]), ("1.jpg", [2]))).Image!;

        Assert.Equal([1], image.Bytes.ToArray());
    }

    [Fact]
    public async Task A_name_that_is_not_there_is_refused() =>
        Assert.Equal(
            ErrorCode.ImageNotFound, (await ReadAsync("a.zip/2.jpg", ("1.jpg", [1]))).Refusal?.Code);

    [Fact]
    public async Task What_lies_far_behind_the_beginning_is_refused_before_it_is_read()
    {
        _options.MaxExpandedBytes = 10;

        var near = await ReadAsync("a.zip/1.jpg", ("1.jpg", new byte[10]), ("2.jpg", new byte[10]));
        var far = await ReadAsync("a.zip/2.jpg", ("1.jpg", new byte[10]), ("2.jpg", new byte[10]));

        near.Image!.Dispose();
        Assert.Equal(ErrorCode.ArchiveTooLarge, far.Refusal?.Code);
        Assert.Contains("too far from the beginning of its archive", far.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_is_held_as_long_as_the_image_and_no_longer()
    {
        using (var image = (await ReadAsync("a.zip/1.jpg", ("1.jpg", [1]))).Image!)
        {
            Assert.True(_memory.Images.UsedBytes > 0);
        }

        await ReadAsync("a.zip/2.jpg", ("1.jpg", [1]));

        Assert.Equal(0, _memory.Images.UsedBytes);
    }

    private Task<FetchedImage> ReadAsync(string image, params (string Name, byte[] Content)[] entries)
    {
        var bytes = TestArchives.Zip(entries);
        return new ArchiveEntries(_memory, Options.Create(_options), Options.Create(new ImageOptions())).ReadAsync(
            new ImageReference("images-m", "a.zip", "0x1", bytes.Length), new MemoryStream(bytes), image,
            TestContext.Current.CancellationToken);
    }
}
