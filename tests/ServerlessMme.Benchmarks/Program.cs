using System.Globalization;
using ServerlessMme.Benchmarks.Archive;
using ServerlessMme.Benchmarks.Cold;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Benchmarks.Group;
using ServerlessMme.Benchmarks.Help;
using ServerlessMme.Benchmarks.Imaging;
using ServerlessMme.Benchmarks.Jobs;
using ServerlessMme.Benchmarks.Memory;
using ServerlessMme.Benchmarks.Pipeline;
using ServerlessMme.Benchmarks.Reconcile;
using ServerlessMme.Benchmarks.Serve;
using ServerlessMme.Benchmarks.WebConsole;
using ServerlessMme.Benchmarks.Zipf;

// Each benchmark prints what it measures and, as the last line, its figures as JSON.
return args switch
{
    ["fleet", .. var rest] => FleetBenchmark.Run(FleetOptions.Parse(rest)),
    ["fleet-child", .. var rest] => FleetChild.Run(FleetOptions.Parse(rest)),
    ["group", .. var rest] => GroupBenchmark.Run(rest),
    ["group-child", var part, .. var rest] => await GroupBenchmark.RunChildAsync(part, rest),
    ["zipf", .. var rest] => ZipfBenchmark.Run(ZipfOptions.Parse(rest)),
    ["zipf-child", .. var rest] => await ZipfBenchmark.RunChildAsync(ZipfOptions.Parse(rest)),
    ["cold", var root, var mme, .. var rest] => ColdBenchmark.Run(root, mme, rest.Contains("--save")),
    ["cold-child", var store, var folder] => await ColdChild.RunAsync(store, folder),
    ["cold-plain", var path] => ColdChild.RunPlain(path),
    ["cold-bare", var path, var image] => ColdChild.RunBare(path, image),
    ["help", var mme, var bare, .. var rest] => HelpBenchmark.Run(mme, bare, rest.Contains("--save")),
    ["serve", var root, var mme] => await ServeBenchmark.RunAsync(root, mme, 5),
    ["serve", var root, var mme, var seconds] =>
        await ServeBenchmark.RunAsync(root, mme, int.Parse(seconds, CultureInfo.InvariantCulture)),
    ["archive", var root, .. var rest] => await ArchiveBenchmark.RunAsync(root, rest.Contains("--save")),
    ["jobs"] => await JobCountsBenchmark.RunAsync(1000),
    ["jobs", var shards] => await JobCountsBenchmark.RunAsync(int.Parse(shards, CultureInfo.InvariantCulture)),
    ["reconcile", .. var rest] => await ReconcileBenchmark.RunAsync(
        rest is [var images, ..] && int.TryParse(images, CultureInfo.InvariantCulture, out var count) ? count : 100_000,
        rest.Contains("--save")),
    ["console", var root, var mme, .. var rest] => await ConsoleBenchmark.RunAsync(root, mme, rest),
    ["memory", var root, var mme, .. var rest] => await MemoryBenchmark.RunAsync(root, mme, rest),
    ["imaging", .. var rest] => ImagingBenchmark.Run(rest),
    ["pipeline", .. var rest] => PipelineBenchmark.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        fleet --kind finetunes|distinct|tiny [--models N] [--naive N] [--size PIXELS] [--save]
            Models warm in one process: from the tensor store, and as one plain InferenceSession each.
        group [dense|dense-1000|block|distinct|difference|replace|picture] [--models N] [--size PIXELS]
                [--images N] [--plain-images N] [--plain-mib N] [--rounds N] [--save]
            A group of fine-tunes whose trunk runs once, and one plain InferenceSession each: speed, scores, and a
            member that is replaced.
        zipf [--kind distinct|finetunes] [--models N] [--requests N] [--budget-mib N] [--save]
            Skewed demand for more models than memory holds: the warm cache, and the least recently used of plain
            sessions.
        zipf --limit-mib N [--kind distinct|finetunes|tiny|smallest] [--models N] [--requests N] [--workers N]
                [--save]
            The same under a hard limit: each side in a memory control group, with its models on disk. Plain sessions
            get the best of three budgets that survive. Without a plain side: several workers that share one group and
            one store; tiny models, or the smallest that have a file of tensors, all warm in one process.
        cold ROOT MME.DLL [--save]
            Time to the first label: of a process that starts, and of a model that is on disk.
        help MME BARE [--save]
            mme --help, from start to end, and that of a program that has as many commands and nothing else.
        serve ROOT MME.DLL [SECONDS]
            Requests a second of mme serve on the CIFAR-10 model, and of ONNX Runtime alone.
        archive ROOT [--save]
            Images a second of an archive of 10,000, from blob to lines, and of the pipeline alone from memory.
        jobs [SHARDS]
            The counts of a job of 100,000 images: from a listing's metadata, and from each shard.
        reconcile [IMAGES] [--save]
            A sweep over 100,000 images that all have their label, beside asking for each label.
        console ROOT MME.DLL [--images N] [--rounds N] [--seconds N] [--browser PATH] [--save]
            The gallery of mme console on 100,000 images in Chromium: first pictures beside the bare listing, frames
            per second, and the server's memory.
        memory ROOT MME.DLL [--limit-mib N] [--rounds N] [--save]
            A worker under a memory limit, with images of 24 megapixels and small ones at once.
        imaging [--node FOLDER] [--rounds N] [--save]
            JPEGs to tensors, for each second of processor time: beside SkiaSharp, NetVips, and sharp where npm
            installed it in FOLDER.
        pipeline [--node FOLDER] [--rounds N] [--save]
            Images in memory to labels: beside ONNX Runtime alone, the parts measured apart, and sharp with
            onnxruntime-node where npm installed the two in FOLDER.
        """);
    return 2;
}
