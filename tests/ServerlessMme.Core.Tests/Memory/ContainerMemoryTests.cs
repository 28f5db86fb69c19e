using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Tests.Memory;

public sealed class ContainerMemoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mme-cgroup-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_limit_of_a_version_2_group_is_found()
    {
        Write("app/memory.max", "536870912\n");

        Assert.Equal(512 << 20, Find("0::/app\n"));
    }

    [Fact]
    public void The_smallest_limit_of_the_groups_above_counts()
    {
        Write("pod/app/memory.max", "max\n");
        Write("pod/memory.max", "1000000\n");
        Write("memory.max", "max\n");

        Assert.Equal(1_000_000, Find("0::/pod/app\n"));
    }

    [Fact]
    public void In_a_container_the_hierarchys_root_has_the_limit()
    {
        Write("memory.max", "2000000\n");

        Assert.Equal(2_000_000, Find("0::/../outside\n"));
    }

    [Fact]
    public void The_limit_of_a_version_1_group_is_found()
    {
        Write("memory/app/memory.limit_in_bytes", "3000000\n");

        Assert.Equal(3_000_000, Find("5:cpu,cpuacct:/app\n4:memory:/app\n0::/\n"));
    }

    [Fact]
    public void Groups_without_a_limit_have_none()
    {
        Write("memory.max", "max\n");

        Assert.Null(Find("0::/\n"));
        Assert.Null(ContainerMemory.FindLimit(Path.Combine(_root, "missing"), _root));
    }

    [Fact]
    public void The_machine_has_memory()
    {
        Assert.InRange(ContainerMemory.Find().Bytes, 64 << 20, long.MaxValue);
    }

    private long? Find(string groups)
    {
        var file = Path.Combine(_root, "groups");
        File.WriteAllText(file, groups);
        return ContainerMemory.FindLimit(file, _root);
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
