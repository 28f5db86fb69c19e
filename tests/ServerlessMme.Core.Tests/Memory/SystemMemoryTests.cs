using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Tests.Memory;

public sealed class SystemMemoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mme-memory-").FullName;

    public SystemMemoryTests()
    {
        Write("proc/meminfo", "MemTotal:       1000 kB\nMemFree: 5 kB\nAnonPages: 200 kB\nMapped:     100 kB\n"
            + "Shmem: 1 kB\nKernelStack: 2 kB\nPageTables: 3 kB\nSUnreclaim: 4 kB\nHugePages_Total:       0\n");
        Write("proc/pressure/memory", "some avg10=1.50 avg60=0.30 avg300=0.10 total=12\nfull avg10=0.50 total=3\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_a_group_the_machine_counts()
    {
        Assert.Equal(new MemoryUse(1000 << 10, 200 << 10, 100 << 10, 10 << 10, 1.5), Read());
    }

    [Fact]
    public void A_version_2_group_says_what_it_takes()
    {
        Group("0::/app\n");
        Write("app/memory.max", "1000000\n");
        Write("app/memory.stat", "anon 300\nfile 900\nkernel 70\nshmem 5\nfile_mapped 400\nslab_reclaimable 20\n");
        Write("app/memory.pressure", "some avg10=12.25 avg60=0.30 avg300=0.10 total=12\n");

        Assert.Equal(new MemoryUse(1_000_000, 300, 400, 55, 12.25), Read());
    }

    [Fact]
    public void An_older_kernel_names_the_parts_of_its_own_memory()
    {
        Group("0::/\n");
        Write("memory.max", "1000000\n");
        Write("memory.stat", "anon 300\nfile_mapped 400\nslab_reclaimable 20\nslab_unreclaimable 1\nkernel_stack 2\n"
            + "pagetables 3\npercpu 4\nsock 5\n");

        Assert.Equal(new MemoryUse(1_000_000, 300, 400, 15), Read());
    }

    [Fact]
    public void A_version_1_group_says_what_it_takes()
    {
        Group("5:cpu,cpuacct:/app\n4:memory:/app\n0::/\n");
        Write("memory/app/memory.limit_in_bytes", "1000000\n");
        Write("memory/app/memory.usage_in_bytes", "1400\n");
        Write("memory/app/memory.stat", "rss 1\nmapped_file 2\ntotal_cache 900\ntotal_rss 300\ntotal_shmem 50\n"
            + "total_mapped_file 400\n");

        Assert.Equal(new MemoryUse(1_000_000, 300, 400, 250), Read());
    }

    [Fact]
    public void The_limit_that_leaves_least_counts()
    {
        Group("0::/pod/app\n");
        Write("pod/app/memory.max", "800000\n");
        Write("pod/app/memory.stat", "anon 300\nfile_mapped 400\n");
        Write("pod/memory.max", "900000\n");
        Write("pod/memory.stat", "anon 700000\nfile_mapped 100000\n");

        Assert.Equal(900_000, Read()?.LimitBytes);
        Assert.Equal(200_000, Read()?.MappableBytes);
    }

    [Fact]
    public void A_limit_above_the_machines_memory_is_none()
    {
        Group("4:memory:/app\n");
        Write("memory/app/memory.limit_in_bytes", "9223372036854771712\n");
        Write("memory/app/memory.stat", "total_rss 300\n");

        Assert.Equal(1000 << 10, Read()?.LimitBytes);
    }

    [Fact]
    public void Above_the_high_mark_the_system_slows_processes_down_so_it_is_the_limit()
    {
        Group("0::/app\n");
        Write("app/memory.max", "900000\n");
        Write("app/memory.high", "600000\n");
        Write("app/memory.stat", "anon 300\n");

        Assert.Equal(600_000, Read()?.LimitBytes);
    }

    [Fact]
    public void Sockets_are_not_in_the_sum_of_newer_kernels()
    {
        Group("0::/app\n");
        Write("app/memory.max", "1000000\n");
        Write("app/memory.stat", "kernel 70\nsock 9\nslab_reclaimable 20\n");

        Assert.Equal(new MemoryUse(1_000_000, 0, 0, 59), Read());
    }

    [Fact]
    public void Shared_memory_that_this_process_has_mapped_counts_once()
    {
        Own("RssShmem:\t       3 kB\n");
        Group("0::/app\n");
        Write("app/memory.max", "1000000\n");
        Write("app/memory.stat", "file_mapped 400000\nshmem 2000\n");
        Assert.Equal(new MemoryUse(1_000_000, 0, 398_000, 2000), Read());

        Group("0::/\n");
        Assert.Equal(new MemoryUse(1000 << 10, 200 << 10, 99 << 10, 10 << 10, 1.5), Read());
    }

    [Theory]
    [InlineData(500, 500, "Its own limit counts when it leaves less")]
    [InlineData(890, 1000, "It doesn't when others take more than it leaves")]
    [InlineData(1000, 1000, "It doesn't when it is the machine's memory")]
    public void A_process_may_have_a_limit_of_its_own(long kilobytes, long counts, string why)
    {
        Own("RssAnon:\t     100 kB\nRssFile:\t      50 kB\nRssShmem:\t       0 kB\n");

        var use = Read(kilobytes << 10)!.Value;

        Assert.True(use.LimitBytes == counts << 10, why);
        Assert.Equal(1.5, use.Pressure);
        if (counts == kilobytes && kilobytes < 1000)
        {
            Assert.Equal((100 << 10, 50 << 10), (use.AnonymousBytes, use.MappedBytes));
        }
    }

    [Theory]
    [InlineData("some avg10=1.50\n", 1.5)]
    [InlineData("some avg10=\n", null)]
    public void Pressure_without_the_rest_of_its_line_is_read(string text, double? pressure)
    {
        Write("proc/pressure/memory", text);

        Assert.Equal(pressure, Read()!.Value.Pressure);
    }

    [Fact]
    public void Pressure_that_may_not_be_read_is_none()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Root reads all files");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_root, "proc/pressure/memory"), UnixFileMode.None);
        }

        Assert.Equal(1000 << 10, Read()!.Value.LimitBytes);
        Assert.Null(Read()!.Value.Pressure);
    }

    [Fact]
    public void Elsewhere_nothing_is_known()
    {
        Assert.Null(new SystemMemory(Path.Combine(_root, "missing"), _root).Read());
    }

    [Fact]
    public void Pressure_that_can_not_be_told_is_none()
    {
        File.Delete(Path.Combine(_root, "proc/pressure/memory"));

        Assert.Null(Read()!.Value.Pressure);
    }

    [Fact]
    public void This_process_counts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc");
        var use = new SystemMemory().Read()!.Value;

        Assert.InRange(use.AnonymousBytes, 1 << 20, use.LimitBytes);
        Assert.InRange(use.MappedBytes, 1 << 20, use.LimitBytes);
    }

    private MemoryUse? Read(long limitBytes = long.MaxValue) =>
        new SystemMemory(Path.Combine(_root, "proc"), _root, limitBytes).Read();

    private void Own(string status) => Write("proc/self/status", "Name:\tdotnet\n" + status);

    private void Group(string groups) => Write("proc/self/cgroup", groups);

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
