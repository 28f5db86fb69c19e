using ServerlessMme.Benchmarks.Fleet;

// Each benchmark prints what it measures and, as the last line, its figures as JSON.
return args switch
{
    ["fleet", .. var rest] => FleetBenchmark.Run(FleetOptions.Parse(rest)),
    ["fleet-child", .. var rest] => FleetChild.Run(FleetOptions.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        fleet --kind finetunes|distinct|tiny [--models N] [--naive N] [--size PIXELS] [--save]
            Models warm in one process: from the tensor store, and as one plain InferenceSession each.
        """);
    return 2;
}
